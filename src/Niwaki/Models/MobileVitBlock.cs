namespace Niwaki;

/// <summary>
/// MobileViT's own block (arXiv:2110.02178, section 3.1): a local 3 x 3 convolution, transformer blocks over all patches for each
/// pixel position, and a 3 x 3 fusion with the block's input.
/// </summary>
/// <param name="LocalWidth">Output channels of the local convolution.</param>
/// <param name="Width">Channels of the residual stream of the transformer.</param>
/// <param name="Blocks">The transformer.</param>
/// <param name="LeaveWidth">Output channels of the 1 x 1 convolution after the transformer.</param>
/// <param name="FusedWidth">Output channels of the fusion.</param>
public sealed record MobileVitBlock(int LocalWidth, int Width, ValueList<TransformerBlock> Blocks, int LeaveWidth, int FusedWidth)
{
    /// <summary>Side of the patches. A map that is no multiple of it is resized bilinearly for the transformer, and back.</summary>
    public int Patch { get; init; } = 2;

    /// <summary>Epsilon of every LayerNorm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    /// <summary>As published: four heads, MLP twice as wide as the stream.</summary>
    public static MobileVitBlock Published(int channels, int width, int depth) =>
        new(channels, width, TransformerBlock.Uniform(width, depth, 4, 2), channels, channels);

    internal T Forward<T>(IOps<T> op, T image, string name, Func<double> drop)
    {
        var shape = op.ShapeOf(image);
        var (height, width) = ((shape[2] + Patch - 1) / Patch * Patch, (shape[3] + Patch - 1) / Patch * Patch);
        var x = op.ConvNorm(image, $"{name}.local", new ConvOptions(LocalWidth, 3) { Padding = 1 }, Activation.Silu);
        x = op.Resize(op.Conv(x, $"{name}.enter", new ConvOptions(Width, 1)), height, width);
        x = op.Unfold(x, Patch);                                                        // [B*p*p, H*W/(p*p), C]
        for (var i = 0; i < Blocks.Count; i++)
        {
            x = Blocks[i].Forward(op, x, $"{name}.blocks.{i}", Epsilon, Activation.Silu, true, drop());
            x = op.Tap(x, new FeatureTap($"{name}.blocks.{i}", FeatureLayout.Unfolded, height, width) { Patch = Patch });
        }

        x = op.Fold(op.LayerNorm(x, $"{name}.norm", Epsilon), Patch, height, width);    // [B, C, H, W]
        x = op.ConvNorm(op.Resize(x, shape[2], shape[3]), $"{name}.leave", new ConvOptions(LeaveWidth, 1), Activation.Silu);
        return op.ConvNorm(op.Concat([image, x]), $"{name}.fusion", new ConvOptions(FusedWidth, 3) { Padding = 1 }, Activation.Silu);
    }

    // every published size has as many heads in every block
    internal MobileVitBlock Fitted(IReadOnlyDictionary<string, Shape> shapes, string name, int heads)
    {
        heads = heads > 0 ? heads : Blocks[0].Heads;
        var blocks = new List<TransformerBlock>();
        string block;
        while (shapes.TryGetValue($"{block = $"{name}.blocks.{blocks.Count}"}.attn.proj.weight", out var projection))
        {
            if (projection[1] % heads != 0)
                throw new ArgumentException($"{block}: {projection[1]} channels are not shared by {heads} heads.", nameof(heads));
            blocks.Add(new TransformerBlock(heads, projection[1] / heads, shapes[$"{block}.mlp.fc1.weight"][0]));
        }

        return this with
        {
            LocalWidth = shapes[$"{name}.local.conv.weight"][0],
            Width = shapes[$"{name}.enter.weight"][0],
            Blocks = [.. blocks],
            LeaveWidth = shapes[$"{name}.leave.conv.weight"][0],
            FusedWidth = shapes[$"{name}.fusion.conv.weight"][0],
        };
    }

    internal MobileVitBlock Narrowed(Widths widths, string name) => this with
    {
        LocalWidth = widths($"{name}.local.conv"),
        Width = widths($"{name}.enter"),
        Blocks = [.. Blocks.Select((block, i) => block.Narrowed(widths, $"{name}.blocks.{i}"))],
        LeaveWidth = widths($"{name}.leave.conv"),
        FusedWidth = widths($"{name}.fusion.conv"),
    };
}
