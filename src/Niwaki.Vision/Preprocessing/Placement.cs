namespace Niwaki.Vision;

/// <summary>Where a resized picture lies on the network's input, in network pixels; it may stand out on all sides.</summary>
internal readonly record struct Placement(int Left, int Top, int Width, int Height)
{
    public static Placement Of(Preprocess preprocess, int width, int height)
    {
        var (across, down) = ((double)preprocess.Width / width, (double)preprocess.Height / height);
        switch (preprocess.Resize)
        {
            case ResizeMode.Stretch:
                return new Placement(0, 0, preprocess.Width, preprocess.Height);
            case ResizeMode.Letterbox:
                var fit = Math.Min(across, down);
                var (fitWidth, fitHeight) = (Math.Clamp(Round(width * fit), 1, preprocess.Width), Math.Clamp(Round(height * fit), 1, preprocess.Height));
                return new Placement((preprocess.Width - fitWidth) / 2, (preprocess.Height - fitHeight) / 2, fitWidth, fitHeight);
            case ResizeMode.CenterCrop:
                var cover = Math.Max(across, down);
                var (coverWidth, coverHeight) = (Math.Max(Round(width * cover), preprocess.Width), Math.Max(Round(height * cover), preprocess.Height));
                return new Placement(-((coverWidth - preprocess.Width) / 2), -((coverHeight - preprocess.Height) / 2), coverWidth, coverHeight);
            default:
                throw new ArgumentOutOfRangeException(nameof(preprocess), preprocess.Resize, "Unknown resize mode.");
        }
    }

    /// <summary>The source pixel whose area holds the centre of a network pixel; -1 outside of the picture.</summary>
    public static int Nearest(int position, int offset, int length, int source)
    {
        var inside = position - offset;
        return inside < 0 || inside >= length ? -1 : (int)((2L * inside + 1) * source / (2L * length));
    }

    private static int Round(double value) => (int)Math.Round(value, MidpointRounding.AwayFromZero);
}
