namespace Niwaki;

/// <summary>
/// MobileViT v2's own block (arXiv:2206.02680, section 3.3): a local depthwise 3 x 3 convolution and transformer blocks with separable
/// attention; there is no fusion with the block's input.
/// </summary>
/// <param name="Width">Channels of the residual stream of the transformer.</param>
/// <param name="Blocks">The transformer.</param>
/// <param name="LeaveWidth">Output channels of the 1 x 1 convolution after the transformer.</param>
public sealed record MobileVitV2Block(int Width, ValueList<SeparableBlock> Blocks, int LeaveWidth)
{
    /// <summary>Side of the patches. A map that is no multiple of it is resized bilinearly, corners aligned, and stays larger.</summary>
    public int Patch { get; init; } = 2;

    /// <summary>Epsilon of every GroupNorm.</summary>
    public double Epsilon { get; init; } = 1e-5;

    internal T Forward<T>(IOps<T> op, T image, string name, Func<double> drop)
    {
        var shape = op.ShapeOf(image);
        var (height, width) = ((shape[2] + Patch - 1) / Patch * Patch, (shape[3] + Patch - 1) / Patch * Patch);
        var x = op.Resize(image, height, width, alignCorners: true);
        x = op.ConvNorm(x, $"{name}.local", new ConvOptions(shape[1], 3) { Padding = 1, Groups = shape[1] }, Activation.Silu);
        x = op.Conv(x, $"{name}.enter", new ConvOptions(Width, 1));                     // [B, C, H', W']
        for (var i = 0; i < Blocks.Count; i++)
        {
            x = Blocks[i].Forward(op, x, $"{name}.blocks.{i}", Patch, Epsilon, drop());
            x = op.Tap(x, new FeatureTap($"{name}.blocks.{i}", FeatureLayout.Image, height, width));
        }

        return op.ConvNorm(op.GroupNorm(x, $"{name}.norm", epsilon: Epsilon), $"{name}.leave", new ConvOptions(LeaveWidth, 1), Activation.None);
    }

    /// <summary>What a checkpoint's tensors show; null where there is no such block.</summary>
    internal static MobileVitV2Block? Fitted(IReadOnlyDictionary<string, Shape> shapes, string name)
    {
        var blocks = new List<SeparableBlock>();
        while (shapes.TryGetValue($"{name}.blocks.{blocks.Count}.attn.proj.weight", out var projection) && shapes[$"{name}.blocks.{blocks.Count}.attn.q.weight"][0] == 1)
            blocks.Add(new SeparableBlock(projection[1], shapes[$"{name}.blocks.{blocks.Count}.mlp.fc1.weight"][0]));
        return blocks.Count == 0 ? null : new MobileVitV2Block(shapes[$"{name}.enter.weight"][0], [.. blocks], shapes[$"{name}.leave.conv.weight"][0]);
    }

    internal MobileVitV2Block Narrowed(Widths widths, string name) => this with
    {
        Width = widths($"{name}.enter"),
        Blocks = [.. Blocks.Select((block, i) => block.Narrowed(widths, $"{name}.blocks.{i}"))],
        LeaveWidth = widths($"{name}.leave.conv"),
    };
}
