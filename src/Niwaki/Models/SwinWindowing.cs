namespace Niwaki;

/// <summary>How an implementation of Swin treats grids that are small or that the window does not divide.</summary>
public enum SwinWindowing
{
    /// <summary>mmsegmentation, Hugging Face backbones: always the full window and shift; pads, then rolls.</summary>
    Full,

    /// <summary>torchvision: the full window, padded up to; an axis that is one window is not shifted.</summary>
    TorchVision,

    /// <summary>
    /// timm: an axis not larger than the window has its own length as window and no shift; rolls, then pads. That length is the finest
    /// one halved and rounded down, though merging odd grids rounds up.
    /// </summary>
    Timm,

    /// <summary>Microsoft, Hugging Face classification: where the shorter side is not larger than the window, it becomes the window and nothing is shifted.</summary>
    Original,
}

/// <summary>The windows of each implementation.</summary>
public static class SwinWindowingRules
{
    /// <summary>The layout of a grid.</summary>
    /// <param name="windowing">Whose rules.</param>
    /// <param name="height">Rows of the grid.</param>
    /// <param name="width">Columns of the grid.</param>
    /// <param name="window">Rows of the windows.</param>
    /// <param name="shifted">Whether the block is one that shifts.</param>
    /// <param name="nominalHeight">Rows as timm counts them; 0 means <paramref name="height"/>.</param>
    /// <param name="nominalWidth">Columns as timm counts them; 0 means <paramref name="width"/>.</param>
    /// <param name="across">Columns of the windows; 0 means as many as rows.</param>
    public static WindowLayout Layout(this SwinWindowing windowing, int height, int width, int window, bool shifted, int nominalHeight = 0, int nominalWidth = 0, int across = 0)
    {
        across = across > 0 ? across : window;
        nominalHeight = windowing == SwinWindowing.Timm && nominalHeight > 0 ? nominalHeight : height;
        nominalWidth = windowing == SwinWindowing.Timm && nominalWidth > 0 ? nominalWidth : width;
        var (windowHeight, windowWidth) = windowing switch
        {
            SwinWindowing.Timm => (Math.Min(window, nominalHeight), Math.Min(across, nominalWidth)),
            SwinWindowing.Original when Math.Min(height, width) <= window => (Math.Min(height, width), Math.Min(height, width)),
            _ => (window, across),
        };
        var (shiftDown, shiftRight) = shifted ? (window / 2, across / 2) : (0, 0);
        var (shiftHeight, shiftWidth) = windowing switch
        {
            SwinWindowing.Timm or SwinWindowing.TorchVision => (nominalHeight <= window ? 0 : shiftDown, nominalWidth <= across ? 0 : shiftRight),
            SwinWindowing.Original when Math.Min(height, width) <= window => (0, 0),
            _ => (shiftDown, shiftRight),
        };
        return new WindowLayout
        {
            Height = height,
            Width = width,
            WindowHeight = windowHeight,
            WindowWidth = windowWidth,
            ShiftHeight = shiftHeight,
            ShiftWidth = shiftWidth,
            RollBeforePad = windowing == SwinWindowing.Timm,
        };
    }
}
