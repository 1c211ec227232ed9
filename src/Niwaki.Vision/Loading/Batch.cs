using System.Buffers;

namespace Niwaki.Vision;

/// <summary>Preprocessed pictures with their labels. Its arrays are pooled: dispose it when its numbers have been copied.</summary>
public sealed class Batch : IDisposable
{
    private float[]? images;
    private byte[]? labels;

    internal Batch(long step, int count, int height, int width)
    {
        (Step, Count, Height, Width) = (step, count, height, width);
        images = ArrayPool<float>.Shared.Rent(3 * count * height * width);
        labels = ArrayPool<byte>.Shared.Rent(count * height * width);
    }

    /// <summary>Its number, from 0.</summary>
    public long Step { get; }

    /// <summary>Pictures in it.</summary>
    public int Count { get; }

    /// <summary>Rows of each picture.</summary>
    public int Height { get; }

    /// <summary>Columns of each picture.</summary>
    public int Width { get; }

    /// <summary><c>[B, 3, H, W]</c>; the array may be longer.</summary>
    public float[] Images => images ?? throw new ObjectDisposedException(nameof(Batch));

    /// <summary><c>[B, H, W]</c>, <see cref="LabelMap.Ignore"/> where no class is known; the array may be longer.</summary>
    public byte[] Labels => labels ?? throw new ObjectDisposedException(nameof(Batch));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref images, null) is { } numbers)
            ArrayPool<float>.Shared.Return(numbers);
        if (Interlocked.Exchange(ref labels, null) is { } indices)
            ArrayPool<byte>.Shared.Return(indices);
    }
}
