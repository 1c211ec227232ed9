namespace Niwaki;

/// <summary>Swin v1 or v2 as a library computes it.</summary>
internal static class SwinComputing
{
    /// <summary>
    /// The same network under a library's rules of windows and padding; what is no Swin stays as it is. timm and the original code build a stage
    /// whose map is smaller than the window with the map's size, so that only the largest tables tell the window, which is one for all stages.
    /// </summary>
    public static Architecture Windowed(this Architecture architecture, SwinWindowing windowing, bool? padPatches = null)
    {
        var clips = windowing is SwinWindowing.Timm or SwinWindowing.Original;
        return architecture.Backbone switch
        {
            SwinBackbone swin => architecture with
            {
                Backbone = swin with
                {
                    Windowing = windowing,
                    PadPatches = padPatches ?? swin.PadPatches,
                    Stages = clips ? [.. swin.Stages.Select(stage => stage with { Blocks = Widest(stage.Blocks, swin.Stages.SelectMany(each => each.Blocks)) })] : swin.Stages,
                },
            },
            SwinV2Backbone swin => architecture with
            {
                Backbone = swin with
                {
                    Windowing = windowing,
                    PadPatches = padPatches ?? swin.PadPatches,
                    Stages = clips ? [.. swin.Stages.Select(stage => stage with { Blocks = Widest(stage.Blocks, swin.Stages.SelectMany(each => each.Blocks)) })] : swin.Stages,
                },
            },
            _ => architecture,
        };
    }

    private static ValueList<SwinBlock> Widest(ValueList<SwinBlock> blocks, IEnumerable<SwinBlock> all)
    {
        var widest = all.MaxBy(block => block.Window);
        return widest is null ? blocks : [.. blocks.Select(block => block with { Window = widest.Window, WindowWidth = widest.WindowWidth })];
    }

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
