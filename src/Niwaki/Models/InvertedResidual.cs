namespace Niwaki;

/// <summary>MobileNet v2's block (arXiv:1801.04381): 1 x 1 expansion, 3 x 3 depthwise, 1 x 1 projection without activation.</summary>
/// <param name="Width">Output channels.</param>
/// <param name="ExpandedWidth">Channels of the depthwise convolution.</param>
/// <param name="Stride">Step of the depthwise convolution.</param>
/// <param name="Residual">Whether the input is added to the output; both then have the same shape.</param>
public sealed record InvertedResidual(int Width, int ExpandedWidth, int Stride, bool Residual)
{
    /// <summary>Distance of the depthwise convolution's taps; above 1 where it takes the place of a step.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>As published: expanded from the input's channels, rounded to a multiple of 8 but never down by more than 10 %.</summary>
    public static InvertedResidual Published(int input, int width, int stride, double expansion) =>
        new(width, Rounded(input * expansion), stride, stride == 1 && input == width);

    /// <summary>The nearest multiple of 8, but never less by more than 10 %.</summary>
    internal static int Rounded(double width)
    {
        var rounded = Math.Max(8, (int)(width + 4) / 8 * 8);
        return rounded < 0.9 * width ? rounded + 8 : rounded;
    }

    /// <summary>The first convolutions of stages at strides 2, 4, …, so that none is coarser than <paramref name="stride"/>: later ones are dilated instead of stepping.</summary>
    /// <param name="firsts">Of each stage, and the channels that it reads.</param>
    /// <param name="stride">8, 16 or 32.</param>
    internal static IReadOnlyList<InvertedResidual> Dilated(IReadOnlyList<(InvertedResidual First, int Input)> firsts, int stride)
    {
        if (stride is not (8 or 16 or 32))
            throw new ArgumentOutOfRangeException(nameof(stride), stride, "The output stride is 8, 16 or 32.");
        var (at, dilation) = (2, 1);
        return [firsts[0].First, .. firsts.Skip(1).Select(each =>
        {
            if (at < stride)
            {
                at *= 2;
                return each.First with { Stride = 2, Dilation = 1, Residual = false };
            }

            var dilated = each.First with { Stride = 1, Dilation = dilation, Residual = each.Input == each.First.Width };
            dilation *= 2;
            return dilated;
        })];
    }

    internal T Forward<T>(IOps<T> op, T x, string name)
    {
        var y = op.ConvNorm(x, $"{name}.expand", new ConvOptions(ExpandedWidth, 1), Activation.Silu);
        y = op.ConvNorm(y, $"{name}.depthwise", new ConvOptions(ExpandedWidth, 3) { Stride = Stride, Padding = Dilation, Dilation = Dilation, Groups = ExpandedWidth }, Activation.Silu);
        y = op.ConvNorm(y, $"{name}.project", new ConvOptions(Width, 1), Activation.None);
        return Residual ? op.Add(x, y) : y;
    }

    /// <summary>What a checkpoint's tensors show; null where there is no such block.</summary>
    internal static InvertedResidual? Fitted(IReadOnlyDictionary<string, Shape> shapes, string name, int stride)
    {
        if (!shapes.TryGetValue($"{name}.expand.conv.weight", out var expand))
            return null;
        var width = shapes[$"{name}.project.conv.weight"][0];
        return new InvertedResidual(width, expand[0], stride, stride == 1 && expand[1] == width);
    }

    internal InvertedResidual Narrowed(Widths widths, string name) => this with
    {
        Width = widths($"{name}.project.conv"),
        ExpandedWidth = widths($"{name}.expand.conv"),
    };
}
