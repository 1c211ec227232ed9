namespace Niwaki;

/// <summary>
/// Vision Transformer (Dosovitskiy et al., arXiv:2010.11929) and, with a distillation token, DeiT (Touvron et al.,
/// arXiv:2012.12877): one stream of tokens at one resolution.
/// </summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="Blocks">From the first to the last.</param>
public sealed record VitBackbone(int Width, ValueList<TransformerBlock> Blocks) : Backbone
{
    /// <summary>Side of the square patches; the rest of a side that is no multiple is dropped.</summary>
    public int PatchSize { get; init; } = 16;

    /// <summary>Epsilon of every LayerNorm: 1e-6 in timm and torchvision, 1e-12 in Hugging Face.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Whether q, k and v have biases.</summary>
    public bool QkvBias { get; init; } = true;

    /// <summary>Whether a second token learns from a teacher's labels (arXiv:2012.12877, section 4).</summary>
    public bool DistillationToken { get; init; }

    /// <summary>Whether there is a class token.</summary>
    public bool ClassToken { get; init; } = true;

    /// <summary>Whether positions are those of the patches alone, so that the other tokens have none (timm's <c>no_embed_class</c>).</summary>
    public bool PatchPositionsOnly { get; init; }

    /// <summary>
    /// Whether a classifier reads the mean of the patches' tokens, normalised after it (<c>fc_norm</c>, and nothing before it), in place of the class
    /// token (timm's <c>global_pool="avg"</c>).
    /// </summary>
    public bool MeanPooling { get; init; }

    /// <summary>
    /// Tokens that each block merges into others between its attention and its MLP (arXiv:2210.09461), from the first block on; none where the list
    /// ends, and never more than half. For dense prediction every token comes back at the end as what it went into.
    /// </summary>
    public ValueList<int> Merged { get; init; } = [];

    /// <summary>Whether attention counts a merged token as often as there are tokens in it; the authors do without for MAE's models.</summary>
    public bool ProportionalAttention { get; init; } = true;

    /// <summary>Stochastic depth of the last block in training; earlier blocks linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => 1;

    internal int Prefix => (ClassToken ? 1 : 0) + (DistillationToken ? 1 : 0);

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var (x, rows, columns) = Tokens(op, image, spreads: true);
        var grid = op.TokensToGrid(Patches(op, x), rows, columns);                      // [B, H/p, W/p, C]
        return [op.GridToImage(grid)];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var (x, _, _) = Tokens(op, image, spreads: false);
        if (MeanPooling)
            return [op.LayerNorm(op.MeanTokens(Patches(op, x)), In("fc_norm"), Epsilon)]; // [B, C]
        if (!ClassToken)
            throw new StageException("A ViT without a class token cannot be read by a classifier unless it pools the mean: set meanPooling in its architecture.json, or give it a segmentation head.");
        return DistillationToken ? [op.Token(x, 0), op.Token(x, 1)] : [op.Token(x, 0)]; // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        Width = widths(In("patch_embed.proj")),
        Blocks = [.. Blocks.Select((block, i) => block.Narrowed(widths, In($"blocks.{i}")))],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        // nothing in a tensor tells where one head ends and the next begins
        if (heads.Count == 0 || !shapes.TryGetValue(In("patch_embed.proj.weight"), out var patches))
            return null;
        var blocks = new List<TransformerBlock>();
        string name;
        while (shapes.TryGetValue($"{name = In($"blocks.{blocks.Count}")}.attn.proj.weight", out var projection))
        {
            var count = heads[Math.Min(blocks.Count, heads.Count - 1)];
            if (projection[1] % count != 0)
                return null;
            blocks.Add(new TransformerBlock(count, projection[1] / count, shapes[$"{name}.mlp.fc1.weight"][0]));
        }

        return blocks.Count == 0 ? null : this with
        {
            Width = patches[0],
            Blocks = [.. blocks],
            PatchSize = patches[^1],
            QkvBias = shapes.ContainsKey(In("blocks.0.attn.q.bias")),
            DistillationToken = shapes.ContainsKey(In("dist_token")),
            ClassToken = shapes.ContainsKey(In("cls_token")),
            PatchPositionsOnly = HasPatchPositionsOnly(shapes),
            MeanPooling = shapes.ContainsKey(In("fc_norm.weight")),
        };
    }

    // grids of pretraining are square
    private static bool HasPatchPositionsOnly(IReadOnlyDictionary<string, Shape> shapes)
    {
        var prefix = (shapes.ContainsKey(In("cls_token")) ? 1 : 0) + (shapes.ContainsKey(In("dist_token")) ? 1 : 0);
        return prefix > 0 && shapes.TryGetValue(In("pos_embed"), out var positions) && positions.Rank == 3 && IsSquare(positions[1]) && !IsSquare(positions[1] - prefix);

        static bool IsSquare(int count) => Math.Sqrt(count) % 1 == 0;
    }

    private T Patches<T>(IOps<T> op, T tokens) => Prefix > 0 ? op.SkipTokens(tokens, Prefix) : tokens;

    private (T Tokens, int Rows, int Columns) Tokens<T>(IOps<T> op, T image, bool spreads)
    {
        var x = op.Conv(image, In("patch_embed.proj"), new ConvOptions(Width, PatchSize) { Stride = PatchSize, Bias = true });
        var (rows, columns) = (op.ShapeOf(x)[2], op.ShapeOf(x)[3]);
        x = op.GridToTokens(op.ImageToGrid(x));                                         // [B, H/p * W/p, C]
        if (PatchPositionsOnly)
            x = op.AddPositions(x, In("pos_embed"));
        if (DistillationToken)
            x = op.PrependToken(x, In("dist_token"));
        if (ClassToken)
            x = op.PrependToken(x, In("cls_token"));
        if (!PatchPositionsOnly)
            x = op.AddPositions(x, In("pos_embed"));                                    // [B, prefix + H/p * W/p, C]
        x = Tap(op, x, "pos_embed", rows, columns, FeatureKind.Other);
        var merging = new MergedTokens<T>(Prefix, ProportionalAttention, spreads);
        for (var i = 0; i < Blocks.Count; i++)
        {
            var drop = DropPath * i / Math.Max(1, Blocks.Count - 1);
            x = Blocks[i].Forward(op, x, In($"blocks.{i}"), Epsilon, Activation.Gelu, QkvBias, drop, merging, i < Merged.Count ? Merged[i] : 0);
            x = Tap(op, x, $"blocks.{i}", rows, columns, FeatureKind.Block, merging.Any);
        }

        if (!MeanPooling)
            x = op.LayerNorm(x, In("norm"), Epsilon);
        if (spreads)
            x = merging.Spread(op, x, In("spread"));
        return (Tap(op, x, "norm", rows, columns, FeatureKind.Stage, merging.Any && !spreads), rows, columns);
    }

    private T Tap<T>(IOps<T> op, T x, string name, int rows, int columns, FeatureKind kind, bool merged = false) => op.Tap(x, merged
        ? new FeatureTap(In(name), FeatureLayout.Merged, 1, op.ShapeOf(x)[1]) { Kind = FeatureKind.Other, Prefix = Prefix }
        : new FeatureTap(In(name), FeatureLayout.Tokens, rows, columns) { Kind = kind, Prefix = Prefix });
}
