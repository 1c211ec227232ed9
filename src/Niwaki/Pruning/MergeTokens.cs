using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>
/// Makes a plain vision transformer (ViT, DeiT) merge tokens that are alike, block by block, so that later blocks have fewer of them (ToMe, Bolya et al.,
/// arXiv:2210.09461). No weight changes; a training or distillation afterwards wins accuracy back. For dense prediction every token comes back before the head.
/// </summary>
/// <param name="Count">Tokens that each block merges into others; 0 takes merging back.</param>
public sealed record MergeTokens(int Count) : Stage<TorchModel, TorchModel>
{
    /// <summary>How the count changes from the first block to the last: 0 keeps it, -1 begins with twice as many and ends with none, 1 the other way round (section 3, merging schedule).</summary>
    public double Slope { get; init; }

    /// <summary>Whether attention counts a merged token as often as there are tokens in it.</summary>
    public bool Proportional { get; init; } = true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => false;

    /// <summary>The count of each block.</summary>
    /// <param name="blocks">How many there are.</param>
    public IReadOnlyList<int> Schedule(int blocks)
    {
        var first = (int)(Count * (1 + -Slope));
        var last = (2 * Count) - first;
        return [.. Enumerable.Range(0, blocks).Select(i => (int)(first + ((double)(last - first) / Math.Max(1, blocks - 1) * i)))];
    }

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Count < 0)
            throw new StageException($"merge-tokens: a count of {Count} was asked for; give 1 or more, such as 8, or 0 to take merging back.");
        if (!(Slope >= -1 && Slope <= 1))
            throw new StageException($"merge-tokens: slope is {Slope}, but -1 (falling to none) to 1 (rising from none) is possible.");
    }

    /// <inheritdoc/>
    protected override void Require(TorchModel input, StageContext context) => Plain(input.Architecture(context.Vocabulary));

    /// <inheritdoc/>
    protected override void Run(TorchModel input, StageContext context)
    {
        var vocabulary = context.Vocabulary;
        var architecture = input.Architecture(vocabulary);
        var preprocess = input.Preprocess(vocabulary);
        var plain = Plain(architecture);
        var merging = architecture with
        {
            Backbone = plain with { Merged = Count > 0 ? [.. Schedule(plain.Blocks.Count)] : [], ProportionalAttention = Proportional },
        };
        var (before, after) = (CostOps.Of(architecture, preprocess.Height, preprocess.Width).Macs, CostOps.Of(merging, preprocess.Height, preprocess.Width).Macs);
        context.Log.Say(FormattableString.Invariant($"{string.Join(", ", Counts(merging, preprocess))} tokens from block to block: {before} become {after}, {after.Value / (double)before.Value:p0}"));
        ModelFiles.WriteNetwork(context.OutputFolder, merging, input.Weights(vocabulary), preprocess, input.Classes(vocabulary), vocabulary);
    }

    private static VitBackbone Plain(Architecture architecture) => architecture.Backbone as VitBackbone
        ?? throw new StageException($"merge-tokens: this network's backbone is {architecture.Backbone.GetType().Name}, whose blocks need their tokens on a grid or in windows. Only plain transformers merge tokens: vit-tiny-16, deit-small and their like.");

    private static IReadOnlyList<int> Counts(Architecture architecture, Preprocess preprocess)
    {
        var reader = new TokenCounts();
        architecture.Forward(reader, new Shape(1, 3, preprocess.Height, preprocess.Width));
        return reader.Counts;
    }

    private sealed class TokenCounts : ShapeOps
    {
        public List<int> Counts { get; } = [];

        public override Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options)
        {
            Counts.Add(query[1]);
            return base.Attention(query, key, value, name, options);
        }
    }
}
