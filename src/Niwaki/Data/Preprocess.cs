namespace Niwaki;

/// <summary>
/// What is done to a picture before the network sees it: resized to <see cref="Width"/> x <see cref="Height"/>, scaled to 0..1,
/// minus mean, divided by standard deviation, laid out as <c>[B, 3, H, W]</c> float32. It travels with a model
/// (<c>preprocess.json</c>, and the metadata of an ONNX file) and is what every consumer uses.
/// </summary>
/// <param name="Width">Network input width in pixels.</param>
/// <param name="Height">Network input height in pixels.</param>
public sealed record Preprocess(int Width, int Height)
{
    private const int MaxSide = 8192;

    /// <summary>How a picture of another shape gets to the input size. Stretching keeps every pixel of the scene, hence the default.</summary>
    public ResizeMode Resize { get; init; } = ResizeMode.Stretch;

    /// <summary>How pixels are resampled. Bilinear (with area averaging when shrinking) is what the boards' own scalers do.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>The order of the three planes.</summary>
    public ChannelOrder ChannelOrder { get; init; } = ChannelOrder.Rgb;

    /// <summary>Subtracted per plane, on the 0..1 scale. Default: ImageNet's.</summary>
    public ValueList<float> Mean { get; init; } = [0.485f, 0.456f, 0.406f];

    /// <summary>Divides per plane, on the 0..1 scale. Default: ImageNet's.</summary>
    public ValueList<float> Std { get; init; } = [0.229f, 0.224f, 0.225f];

    /// <summary>Refuses sizes that no picture has and numbers that nothing can be divided by.</summary>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">The message names the value and what is allowed.</exception>
    public void Validate(string where)
    {
        if (Width is < 1 or > MaxSide || Height is < 1 or > MaxSide)
            throw new StageException($"{where}: the input is {Width}x{Height} pixels, but sides of 1 to {MaxSide} are needed.");
        if (Mean.Count != 3 || Mean.Any(value => !float.IsFinite(value)))
            throw new StageException($"{where}: mean is [{string.Join(", ", Mean)}], but three finite numbers are needed.");
        if (Std.Count != 3 || Std.Any(value => !float.IsFinite(value) || value <= 0))
            throw new StageException($"{where}: std is [{string.Join(", ", Std)}], but three finite numbers above 0 are needed.");
    }
}

/// <summary>How a picture is brought to the network's input size.</summary>
public enum ResizeMode
{
    /// <summary>Both axes scaled on their own.</summary>
    Stretch,

    /// <summary>Scaled to fit inside, the rest filled with the mean; the fill is cut off the mask again.</summary>
    Letterbox,

    /// <summary>Scaled to cover, the overhang cut off evenly.</summary>
    CenterCrop,
}

/// <summary>Resampling of pixels.</summary>
public enum Interpolation
{
    /// <summary>Nearest pixel centre.</summary>
    Nearest,

    /// <summary>Linear in both axes, antialiased when shrinking.</summary>
    Bilinear,

    /// <summary>Cubic (Keys, a = -0.5) in both axes, antialiased when shrinking.</summary>
    Bicubic,
}

/// <summary>Order of colour planes.</summary>
public enum ChannelOrder
{
    /// <summary>Red first.</summary>
    Rgb,

    /// <summary>Blue first, as OpenCV stores pictures.</summary>
    Bgr,
}
