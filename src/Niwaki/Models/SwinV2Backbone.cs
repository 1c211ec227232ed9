namespace Niwaki;

/// <summary>
/// Swin Transformer v2 (Liu et al., arXiv:2111.09883): windowed attention by cosines with a continuous position bias, each residual
/// branch normalised at its end, 2 x 2 patch merging between stages. Its parameters do not depend on the window.
/// </summary>
/// <param name="Stages">Coarser from one to the next by 2; the first at stride <see cref="PatchSize"/>.</param>
public sealed record SwinV2Backbone(ValueList<SwinV2Stage> Stages) : Backbone
{
    /// <summary>Side of the square patches of the first convolution.</summary>
    public int PatchSize { get; init; } = 4;

    /// <summary>What happens to a side that is no multiple of the patch: padded with zeros, or the rest dropped (torchvision).</summary>
    public bool PadPatches { get; init; } = true;

    /// <summary>Epsilon of every LayerNorm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>How small grids and padding are treated; implementations differ.</summary>
    public SwinWindowing Windowing { get; init; } = SwinWindowing.Timm;

    /// <summary>Hidden neurons of the MLP that makes the position biases of a block.</summary>
    public int PositionHiddenWidth { get; init; } = 512;

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
        foreach (var (stage, x) in Grids(op, image))
        {
            var feature = NormalizeFeatures ? TapGrid(op, op.LayerNorm(x, In($"norms.{stage}"), Epsilon), $"norms.{stage}", FeatureKind.Other) : x;
            features.Add(op.GridToImage(feature));                                      // [B, C_i, H/s, W/s]
        }

        return features;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image)
    {
        var x = Grids(op, image).Last().Grid;
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
        // the window leaves no trace in the weights: where the checkpoint does not tell it, it stays as it is here
        var usual = new Shape(Stages[0].Blocks[0].Window, Stages[0].Blocks[0].Window, 0);
        var stages = new List<SwinV2Stage>();
        var hidden = PositionHiddenWidth;
        while (shapes.ContainsKey(In($"stages.{stages.Count}.blocks.0.attn.logit_scale")))
        {
            var blocks = new List<SwinBlock>();
            var window = usual;
            string name;
            while (shapes.TryGetValue($"{name = In($"stages.{stages.Count}.blocks.{blocks.Count}")}.attn.logit_scale", out var scale))
            {
                window = shapes.GetValueOrDefault(StoredWindows.NameOf($"{name}.attn"), usual);
                blocks.Add(new SwinBlock(scale[0], shapes[$"{name}.attn.proj.weight"][1] / scale[0], shapes[$"{name}.mlp.fc1.weight"][0], window[0]) { WindowWidth = window[1] == window[0] ? 0 : window[1] });
                hidden = shapes[$"{name}.attn.position_weight1"][0];
            }

            name = In($"stages.{stages.Count}.blocks.0");
            stages.Add(new SwinV2Stage(shapes[$"{name}.norm1.weight"][0], [.. blocks]) { QkvBias = shapes.ContainsKey($"{name}.attn.q.bias"), PretrainedWindow = window[2] });
        }

        return stages.Count == 0 ? null : this with
        {
            Stages = [.. stages],
            PatchSize = shapes[In("patch_embed.proj.weight")][^1],
            NormalizePatches = shapes.ContainsKey(In("patch_embed.norm.weight")),
            PositionHiddenWidth = hidden,
        };
    }

    // the grid [B, H/s, W/s, C_i] after each stage
    private IEnumerable<(int Stage, T Grid)> Grids<T>(IOps<T> op, T image)
    {
        var shape = op.ShapeOf(image);
        if (PadPatches)
            image = op.Pad(image, (PatchSize - (shape[3] % PatchSize)) % PatchSize, (PatchSize - (shape[2] % PatchSize)) % PatchSize);
        var x = op.ImageToGrid(op.Conv(image, In("patch_embed.proj"), new ConvOptions(Stages[0].Width, PatchSize) { Stride = PatchSize, Bias = true }));
        x = TapGrid(op, NormalizePatches ? op.LayerNorm(x, In("patch_embed.norm"), Epsilon) : x, "patch_embed", FeatureKind.Other);
        var finest = op.ShapeOf(x);
        for (var stage = 0; stage < Stages.Count; stage++)
        {
            if (stage > 0)
            {
                x = op.Linear(op.MergePatches(x), In($"stages.{stage}.downsample.reduction"), Stages[stage].Width, bias: false);
                x = TapGrid(op, op.LayerNorm(x, In($"stages.{stage}.downsample.norm"), Epsilon), $"stages.{stage}.downsample", FeatureKind.Other);
            }

            for (var block = 0; block < Stages[stage].Blocks.Count; block++)
                x = Block(op, x, stage, block, finest);
            x = TapGrid(op, x, $"stages.{stage}", FeatureKind.Stage);
            yield return (stage, x);
        }
    }

    private T Block<T>(IOps<T> op, T x, int stageIndex, int index, Shape finest)
    {
        var name = In($"stages.{stageIndex}.blocks.{index}");
        var stage = Stages[stageIndex];
        var block = stage.Blocks[index];
        var grid = op.ShapeOf(x);
        var layout = Windowing.Layout(grid[1], grid[2], block.Window, shifted: index % 2 == 1, finest[1] >> stageIndex, finest[2] >> stageIndex, block.WindowWidth);
        var drop = DropPath * (Stages.Take(stageIndex).Sum(earlier => earlier.Blocks.Count) + index) / Math.Max(1, Stages.Sum(each => each.Blocks.Count) - 1);

        var windows = op.Windows(x, layout);                                            // [B*nW, area, C]
        var width = block.Heads * block.HeadWidth;
        var attended = op.CosineAttention(
            op.Linear(windows, $"{name}.attn.q", width, stage.QkvBias),
            op.Linear(windows, $"{name}.attn.k", width, bias: false),
            op.Linear(windows, $"{name}.attn.v", width, stage.QkvBias),
            $"{name}.attn",
            new CosineAttentionOptions(block.Heads, layout) { PretrainedWindow = stage.PretrainedWindow, HiddenWidth = PositionHiddenWidth });
        attended = op.Unwindows(op.Linear(attended, $"{name}.attn.proj", stage.Width), layout);
        x = op.Add(x, op.DropPath(op.LayerNorm(attended, $"{name}.norm1", Epsilon), drop)); // [B, H, W, C]

        var hidden = op.Linear(op.Activate(op.Linear(x, $"{name}.mlp.fc1", block.MlpWidth), Activation.Gelu), $"{name}.mlp.fc2", stage.Width);
        x = op.Add(x, op.DropPath(op.LayerNorm(hidden, $"{name}.norm2", Epsilon), drop));
        return TapGrid(op, x, $"stages.{stageIndex}.blocks.{index}", FeatureKind.Block);
    }
}
