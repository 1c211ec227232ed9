namespace Niwaki;

/// <summary>What <see cref="ChannelOps"/> knows of a value: its shape, and for each channel which unit it belongs to.</summary>
public sealed class ChannelValue
{
    internal ChannelValue(Shape shape, int[] channels, string? layer = null)
    {
        Shape = shape;
        Channels = channels;
        Layer = layer;
    }

    /// <summary>Its dimensions, with a batch of 1.</summary>
    public Shape Shape { get; }

    internal int[] Channels { get; }

    /// <summary>The convolution whose bare output this is.</summary>
    internal string? Layer { get; }
}
