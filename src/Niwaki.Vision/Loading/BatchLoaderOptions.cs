namespace Niwaki.Vision;

/// <summary>How a <see cref="BatchLoader"/> draws and loads.</summary>
public sealed record BatchLoaderOptions
{
    /// <summary>Pictures in a batch.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Order, augmentation and crops follow from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Threads that load. Default: half of the cores, since the other half computes.</summary>
    public int Workers { get; init; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 8);

    /// <summary>Batches that may be ready before they are asked for.</summary>
    public int Prefetch { get; init; } = 4;

    /// <summary>The number of the first batch: a resumed training goes on where it stopped.</summary>
    public long FirstStep { get; init; }

    /// <summary>Random views of the pictures; none where <see langword="null"/>.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>
    /// The share of pictures, 0 to 1, that are drawn for a class instead: a class is drawn (each equally often), then a picture that
    /// has it, then a crop around one of its pixels. Crops need an <see cref="Augmentation"/>.
    /// </summary>
    public double ClassBalance { get; init; }

    /// <summary>Decoded pictures that are kept in memory, up to this size; a small dataset is decoded once.</summary>
    public Bytes Cache { get; init; } = new(768L << 20);
}
