namespace Niwaki;

/// <summary>Swin v1 or v2 as a library computes it.</summary>
internal static class SwinComputing
{
    /// <summary>The same network under a library's rules of windows and padding; what is no Swin stays as it is.</summary>
    public static Architecture Windowed(this Architecture architecture, SwinWindowing windowing, bool? padPatches = null) => architecture.Backbone switch
    {
        SwinBackbone swin => architecture with { Backbone = swin with { Windowing = windowing, PadPatches = padPatches ?? swin.PadPatches } },
        SwinV2Backbone swin => architecture with { Backbone = swin with { Windowing = windowing, PadPatches = padPatches ?? swin.PadPatches } },
        _ => architecture,
    };

    /// <summary>How the public checkpoints of Swin v2 are fed: at 256 pixels, or at the size that their window was made for.</summary>
    public static Preprocess Fed(this Preprocess usual, Architecture architecture, string? preset)
    {
        var side = architecture.Backbone is not SwinV2Backbone || usual.Resize != ResizeMode.CenterCrop ? usual.Width
            : preset?.Contains("window12to24", StringComparison.Ordinal) == true ? 384
            : preset?.Contains("window12+", StringComparison.Ordinal) == true ? 192
            : 256;
        return usual with { Width = side, Height = side };
    }
}
