namespace Niwaki;

/// <summary>
/// Mix Transformer, SegFormer's encoder (Xie et al., arXiv:2105.15203, section 3.1): overlapping patch embeddings, attention whose keys and
/// values are reduced in space, and MLPs with a 3 x 3 depthwise convolution in place of position embeddings.
/// </summary>
/// <param name="Stages">From fine to coarse; usually at strides 4, 8, 16 and 32.</param>
public sealed record MitBackbone(ValueList<MitStage> Stages) : Backbone
{
    /// <summary>Epsilon of the LayerNorms of blocks and at the end of each stage: 1e-5 in Hugging Face, 1e-6 in mmsegmentation and in the original code.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Epsilon of the LayerNorms after a patch embedding and after a reduction: 1e-5 in Hugging Face and in the original code, 1e-6 in mmsegmentation.</summary>
    public double EmbeddingEpsilon { get; init; } = 1e-5;

    /// <summary>Whether q, k and v have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Stochastic depth of the last block in training; earlier blocks linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count;

    /// <summary>As published: patches of 7 at distance 4, then of 3 at distance 2; keys and values from squares of 8, 4, 2 and 1.</summary>
    /// <param name="widths">Of every stage.</param>
    /// <param name="depths">Blocks of every stage.</param>
    /// <param name="heads">Of every stage.</param>
    /// <param name="mlpRatio">Hidden neurons of MLPs for each channel of the stream.</param>
    public static MitBackbone Published(ReadOnlySpan<int> widths, ReadOnlySpan<int> depths, ReadOnlySpan<int> heads, double mlpRatio = 4)
    {
        var stages = new MitStage[widths.Length];
        for (var i = 0; i < stages.Length; i++)
        {
            stages[i] = new MitStage(widths[i], TransformerBlock.Uniform(widths[i], depths[i], heads[i], mlpRatio)) { Reduction = Math.Max(1, 8 >> i) };
            if (i == 0)
                stages[i] = stages[i] with { Patch = 7, Stride = 4 };
        }

        return new MitBackbone([.. stages]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var features = new List<T>();
        for (var i = 0; i < Stages.Count; i++)
            features.Add(op.GridToImage(Stage(op, i == 0 ? image : features[^1], i)));  // [B, C_i, H/s, W/s]
        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var last = Stages.Count - 1;
        for (var i = 0; i < last; i++)
            image = op.GridToImage(Stage(op, image, i));
        return [op.MeanTokens(op.GridToTokens(Stage(op, image, last)))];                // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        Stages = [.. Stages.Select((stage, i) => stage with
        {
            Width = widths(In($"stages.{i}.patch_embed.proj")),
            Blocks = [.. stage.Blocks.Select((block, j) => block.Narrowed(widths, In($"stages.{i}.blocks.{j}")))],
        })],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var stages = new List<MitStage>();
        while (heads.Count > 0 && shapes.TryGetValue(In($"stages.{stages.Count}.patch_embed.proj.weight"), out var patch))
        {
            var i = stages.Count;
            var count = heads[Math.Min(i, heads.Count - 1)];
            var blocks = new List<TransformerBlock>();
            string name;
            while (shapes.TryGetValue($"{name = In($"stages.{i}.blocks.{blocks.Count}")}.mlp.fc1.weight", out var hidden))
                blocks.Add(new TransformerBlock(count, shapes[$"{name}.attn.proj.weight"][1] / count, hidden[0]));
            stages.Add(new MitStage(patch[0], [.. blocks])
            {
                Patch = patch[2],
                Stride = i == 0 ? 4 : 2,                                                // no tensor shows it
                Reduction = shapes.TryGetValue(In($"stages.{i}.blocks.0.attn.sr.weight"), out var reduction) ? reduction[2] : 1,
            });
        }

        return stages.Count == 0 ? null : this with { Stages = [.. stages], QkvBias = shapes.ContainsKey(In("stages.0.blocks.0.attn.q.bias")) };
    }

    private T Stage<T>(IOps<T> op, T image, int index)
    {
        var stage = Stages[index];
        var x = op.Conv(image, In($"stages.{index}.patch_embed.proj"), new ConvOptions(stage.Width, stage.Patch) { Stride = stage.Stride, Padding = stage.Patch / 2, Bias = true });
        x = op.LayerNorm(op.ImageToGrid(x), In($"stages.{index}.patch_embed.norm"), EmbeddingEpsilon);
        x = TapGrid(op, x, $"stages.{index}.patch_embed", FeatureKind.Other);               // [B, H/s, W/s, C]
        for (var block = 0; block < stage.Blocks.Count; block++)
            x = Block(op, x, index, block);
        return TapGrid(op, op.LayerNorm(x, In($"stages.{index}.norm"), Epsilon), $"stages.{index}", FeatureKind.Stage);
    }

    private T Block<T>(IOps<T> op, T x, int stageIndex, int index)
    {
        var name = In($"stages.{stageIndex}.blocks.{index}");
        var stage = Stages[stageIndex];
        var block = stage.Blocks[index];
        var grid = op.ShapeOf(x);
        var drop = DropPath * (Stages.Take(stageIndex).Sum(earlier => earlier.Blocks.Count) + index) / Math.Max(1, Stages.Sum(each => each.Blocks.Count) - 1);

        var normed = op.LayerNorm(x, $"{name}.norm1", Epsilon);                         // [B, H, W, C]
        var tokens = op.GridToTokens(normed);
        var sources = stage.Reduction > 1 ? op.GridToTokens(Reduced(op, normed, $"{name}.attn", stage)) : tokens;
        var width = block.Heads * block.HeadWidth;
        var attended = op.Attention(
            op.Linear(tokens, $"{name}.attn.q", width, QkvBias),
            op.Linear(sources, $"{name}.attn.k", width, QkvBias),
            op.Linear(sources, $"{name}.attn.v", width, QkvBias),
            $"{name}.attn",
            new AttentionOptions(block.Heads, 1 / Math.Sqrt(block.HeadWidth)));         // [B, H*W, heads * d]
        attended = op.TokensToGrid(op.Linear(attended, $"{name}.attn.proj", stage.Width), grid[1], grid[2]);
        x = op.Add(x, op.DropPath(attended, drop));

        var hidden = op.Linear(op.LayerNorm(x, $"{name}.norm2", Epsilon), $"{name}.mlp.fc1", block.MlpWidth);
        hidden = op.Conv(op.GridToImage(hidden), $"{name}.mlp.depthwise", new ConvOptions(block.MlpWidth, 3) { Padding = 1, Groups = block.MlpWidth, Bias = true });
        hidden = op.ImageToGrid(op.Activate(hidden, Activation.Gelu));                  // [B, H, W, hidden]
        x = op.Add(x, op.DropPath(op.Linear(hidden, $"{name}.mlp.fc2", stage.Width), drop));
        return TapGrid(op, x, $"stages.{stageIndex}.blocks.{index}", FeatureKind.Block);
    }

    // what queries look at: one vector for each Reduction x Reduction pixels
    private T Reduced<T>(IOps<T> op, T normed, string name, MitStage stage)
    {
        var reduced = op.Conv(op.GridToImage(normed), $"{name}.sr", new ConvOptions(stage.Width, stage.Reduction) { Stride = stage.Reduction, Bias = true });
        return op.LayerNorm(op.ImageToGrid(reduced), $"{name}.norm", EmbeddingEpsilon); // [B, H/r, W/r, C]
    }
}
