namespace Niwaki;

/// <summary>
/// Swin Transformer v1 (Liu et al., arXiv:2103.14030): windowed attention with relative position bias on a grid, windows shifted in
/// every other block, 2 x 2 patch merging between stages.
/// </summary>
/// <param name="Stages">Coarser from one to the next by 2; the first at stride <see cref="PatchSize"/>.</param>
public sealed record SwinBackbone(ValueList<SwinStage> Stages) : Backbone
{
    /// <summary>Side of the square patches of the first convolution.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>What happens to a side that is no multiple of the patch: padded with zeros (mmsegmentation, Hugging Face), or the rest dropped (torchvision).</summary>
    public bool PadPatches { get; init; } = true;

    /// <summary>Epsilon of every LayerNorm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>How small grids and padding are treated; implementations differ.</summary>
    public SwinWindowing Windowing { get; init; } = SwinWindowing.Full;

    /// <summary>Whether each feature of the pyramid passes a LayerNorm of its own (<c>norms.i</c>), as segmentation heads expect.</summary>
    public bool NormalizeFeatures { get; init; } = true;

    /// <summary>Whether the patch embedding is normalised.</summary>
    public bool NormalizePatches { get; init; } = true;

    /// <summary>Stochastic depth of the last block in training; earlier blocks linearly less.</summary>
    public double DropPath { get; init; }

    /// <inheritdoc/>
    protected internal override int FeatureCount => Stages.Count;

    /// <inheritdoc/>
    public override IReadOnlyList<T> Features<T>(IOps<T> op, T image)
    {
        var features = new List<T>();
        var x = Embed(op, image);                                                       // [B, H/4, W/4, C]
        var finest = op.ShapeOf(x);
        for (var stage = 0; stage < Stages.Count; stage++)
        {
            x = Stage(op, x, stage, finest);                                            // [B, H/s, W/s, C_i]
            var feature = NormalizeFeatures ? TapGrid(op, op.LayerNorm(x, In($"norms.{stage}"), Epsilon), $"norms.{stage}", FeatureKind.Other) : x;
            features.Add(op.GridToImage(feature));
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var x = Embed(op, image);
        var finest = op.ShapeOf(x);
        for (var stage = 0; stage < Stages.Count; stage++)
            x = Stage(op, x, stage, finest);
        x = TapGrid(op, op.LayerNorm(x, In("norm"), Epsilon), "norm", FeatureKind.Other);
        return [op.MeanTokens(op.GridToTokens(x))];                                     // [B, C]
    }

    /// <inheritdoc/>
    public override Backbone Narrowed(Widths widths, bool vectors) => this with
    {
        Stages = [.. Stages.Select((stage, i) => stage with
        {
            Width = widths(In(i == 0 ? "patch_embed.proj" : $"stages.{i}.downsample.reduction")),
            Blocks = [.. stage.Blocks.Select((block, j) => block with
            {
                Heads = widths(In($"stages.{i}.blocks.{j}.attn.v")) / block.HeadWidth,
                MlpWidth = widths(In($"stages.{i}.blocks.{j}.mlp.fc1")),
            })],
        })],
    };

    /// <inheritdoc/>
    protected internal override Backbone? Fitted(IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        var stages = new List<SwinStage>();
        while (shapes.ContainsKey(In($"stages.{stages.Count}.blocks.0.norm1.weight")))
        {
            var blocks = new List<SwinBlock>();
            string name;
            while (shapes.TryGetValue($"{name = In($"stages.{stages.Count}.blocks.{blocks.Count}")}.attn.relative_position_bias_table", out var table))
            {
                var side = (int)Math.Round(Math.Sqrt(table[0]));                        // 2 * window - 1
                var window = (side + 1) / 2;
                if (side * side != table[0])
                {
                    // clipped by timm to a small map that is not square: the window is that of the large maps
                    if (stages.Count + blocks.Count == 0)
                        return null;
                    window = stages.SelectMany(stage => stage.Blocks).Concat(blocks).Max(block => block.Window);
                }

                blocks.Add(new SwinBlock(table[1], shapes[$"{name}.attn.proj.weight"][1] / table[1], shapes[$"{name}.mlp.fc1.weight"][0], window));
            }

            if (blocks.Count == 0)
                return null;
            name = In($"stages.{stages.Count}.blocks.0");
            stages.Add(new SwinStage(shapes[$"{name}.norm1.weight"][0], [.. blocks]) { QkvBias = shapes.ContainsKey($"{name}.attn.q.bias") });
        }

        return stages.Count == 0 ? null : this with
        {
            Stages = [.. stages],
            PatchSize = shapes[In("patch_embed.proj.weight")][^1],
            NormalizePatches = shapes.ContainsKey(In("patch_embed.norm.weight")),
        };
    }

    private T Embed<T>(IOps<T> op, T image)
    {
        var shape = op.ShapeOf(image);
        if (PadPatches)
            image = op.Pad(image, (PatchSize - (shape[3] % PatchSize)) % PatchSize, (PatchSize - (shape[2] % PatchSize)) % PatchSize);
        var x = op.Conv(image, In("patch_embed.proj"), new ConvOptions(Stages[0].Width, PatchSize) { Stride = PatchSize, Bias = true });
        x = op.ImageToGrid(x);                                                          // [B, H/4, W/4, C]
        return TapGrid(op, NormalizePatches ? op.LayerNorm(x, In("patch_embed.norm"), Epsilon) : x, "patch_embed", FeatureKind.Other);
    }

    private T Stage<T>(IOps<T> op, T x, int index, Shape finest)
    {
        var stage = Stages[index];
        if (index > 0)
        {
            x = op.LayerNorm(op.MergePatches(x), In($"stages.{index}.downsample.norm"), Epsilon);
            x = op.Linear(x, In($"stages.{index}.downsample.reduction"), stage.Width, bias: false);
            x = TapGrid(op, x, $"stages.{index}.downsample", FeatureKind.Other);
        }

        for (var block = 0; block < stage.Blocks.Count; block++)
            x = Block(op, x, index, block, finest);
        return TapGrid(op, x, $"stages.{index}", FeatureKind.Stage);
    }

    private T Block<T>(IOps<T> op, T x, int stageIndex, int index, Shape finest)
    {
        var name = In($"stages.{stageIndex}.blocks.{index}");
        var stage = Stages[stageIndex];
        var block = stage.Blocks[index];
        var grid = op.ShapeOf(x);
        var layout = Windowing.Layout(grid[1], grid[2], block.Window, shifted: index % 2 == 1, finest[1] >> stageIndex, finest[2] >> stageIndex, block.WindowWidth);
        var drop = DropPath * (Stages.Take(stageIndex).Sum(earlier => earlier.Blocks.Count) + index) / Math.Max(1, Stages.Sum(each => each.Blocks.Count) - 1);

        var windows = op.Windows(op.LayerNorm(x, $"{name}.norm1", Epsilon), layout);     // [B*nW, area, C]
        var width = block.Heads * block.HeadWidth;
        var attended = op.Attention(
            op.Linear(windows, $"{name}.attn.q", width, stage.QkvBias),
            op.Linear(windows, $"{name}.attn.k", width, stage.QkvBias),
            op.Linear(windows, $"{name}.attn.v", width, stage.QkvBias),
            $"{name}.attn",
            new AttentionOptions(block.Heads, 1 / Math.Sqrt(block.HeadWidth)) { Windows = layout });
        attended = op.Unwindows(op.Linear(attended, $"{name}.attn.proj", stage.Width), layout);
        x = op.Add(x, op.DropPath(attended, drop));                                     // [B, H, W, C]

        var hidden = op.Activate(op.Linear(op.LayerNorm(x, $"{name}.norm2", Epsilon), $"{name}.mlp.fc1", block.MlpWidth), Activation.Gelu);
        x = op.Add(x, op.DropPath(op.Linear(hidden, $"{name}.mlp.fc2", stage.Width), drop));
        return TapGrid(op, x, $"stages.{stageIndex}.blocks.{index}", FeatureKind.Block);
    }
}
