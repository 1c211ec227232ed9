using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>
/// Counts values in bins of one width, in bounded memory and one pass. The width is a power of two and bin edges are its
/// multiples, so when the range outgrows the bins, pairs of bins join and no count moves across an edge: the histogram of a
/// stream does not depend on how the stream was cut, and <see cref="Merge"/> of parts is the histogram of the whole.
/// </summary>
public sealed class Histogram
{
    // an index has at most this many bits: the largest value still lands on its own side of zero in float arithmetic
    private const int IndexBits = 22;
    private const int SmallestExponent = -120;
    private const int Piece = 512;
    private readonly int capacity;
    private long[] counts;
    private int first;
    private int exponent;

    /// <summary>An empty histogram.</summary>
    /// <param name="capacity">At most this many bins. At least half of them are used once the values spread: 8192 leaves 16 bins a level when half a range is cut off before 256 levels are laid over it.</param>
    public Histogram(int capacity = 8192)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        this.capacity = capacity;
        counts = [];
    }

    /// <summary>The smallest value; +infinity while empty.</summary>
    public float Min { get; private set; } = float.PositiveInfinity;

    /// <summary>The largest value; -infinity while empty.</summary>
    public float Max { get; private set; } = float.NegativeInfinity;

    /// <summary>How many values were added.</summary>
    public long Count { get; private set; }

    /// <summary>The width of a bin.</summary>
    public double Width => Math.ScaleB(1, exponent);

    /// <summary>The lower edge of the first bin.</summary>
    public double Start => first * Width;

    /// <summary>How many values each bin has; bin i is [Start + i * Width, Start + (i + 1) * Width).</summary>
    public ReadOnlySpan<long> Counts => counts;

    /// <summary>Counts values.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (!values.IsEmpty)
            Add(values, TensorPrimitives.Min(values), TensorPrimitives.Max(values));
    }

    /// <summary>Counts values whose smallest and largest are known.</summary>
    internal void Add(ReadOnlySpan<float> values, float low, float high)
    {
        if (!float.IsFinite(low) || !float.IsFinite(high))
            throw new ArgumentException("a value is not finite", nameof(values));
        Cover(low, high);
        if (exponent >= -100)
            Tally(values);
        else
        {
            foreach (var value in values)
                counts[Index(value, exponent) - first]++;
        }

        Count += values.Length;
    }

    /// <summary>Adds the counts of another histogram of the same capacity.</summary>
    public void Merge(Histogram other)
    {
        if (other.capacity != capacity)
            throw new ArgumentException($"has {other.capacity} bins, not {capacity}", nameof(other));
        if (other.Count == 0)
            return;
        Cover(other.Min, other.Max);
        for (var i = 0; i < other.counts.Length; i++)
            counts[(int)(((long)other.first + i) >> Math.Min(exponent - other.exponent, 62)) - first] += other.counts[i];
        Count += other.Count;
    }

    /// <summary>Writes all that it holds.</summary>
    internal void Write(BinaryWriter writer)
    {
        writer.Write(Count);
        writer.Write(Min);
        writer.Write(Max);
        writer.Write(first);
        writer.Write(exponent);
        writer.Write(counts.Length);
        foreach (var count in counts)
            writer.Write7BitEncodedInt64(count);
    }

    /// <summary>Reads what <see cref="Write"/> wrote into an empty histogram.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    internal void Read(BinaryReader reader)
    {
        (Count, Min, Max, first, exponent) = (reader.ReadInt64(), reader.ReadSingle(), reader.ReadSingle(), reader.ReadInt32(), reader.ReadInt32());
        var size = reader.ReadInt32();
        if (size < 0 || size > capacity)
            throw new InvalidDataException($"{size} bins, but {capacity} at most");
        counts = new long[size];
        for (var i = 0; i < size; i++)
            counts[i] = reader.Read7BitEncodedInt64();
    }

    /// <summary>The value below which the share <paramref name="share"/> of all values lies; linear inside a bin.</summary>
    public double Quantile(double share)
    {
        if (Count == 0)
            throw new InvalidOperationException("an empty histogram has no quantile");
        var rank = share * Count;
        double below = 0;
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0 && below + counts[i] >= rank)
                return Math.Clamp(Start + ((i + ((rank - below) / counts[i])) * Width), Min, Max);
            below += counts[i];
        }

        return Max;
    }

    /// <summary>The usual case, in float vectors: multiplying by a power of two is exact.</summary>
    private void Tally(ReadOnlySpan<float> values)
    {
        var scale = MathF.ScaleB(1, -exponent);
        Span<float> scaled = stackalloc float[Piece];
        Span<int> places = stackalloc int[Piece];
        while (!values.IsEmpty)
        {
            var size = Math.Min(values.Length, scaled.Length);
            TensorPrimitives.Multiply(values[..size], scale, scaled);
            TensorPrimitives.Floor<float>(scaled[..size], scaled);
            TensorPrimitives.ConvertToInteger<float, int>(scaled[..size], places);
            var (bins, start) = (counts, first);
            for (var i = 0; i < size; i++)
                bins[places[i] - start]++;
            values = values[size..];
        }
    }

    private static int Index(float value, int exponent) => (int)Math.Floor(Math.ScaleB(value, -exponent));

    /// <summary>Grows the range; the width that it ends with depends on the smallest and the largest value only.</summary>
    private void Cover(float low, float high)
    {
        low = Math.Min(low, Min);
        high = Math.Max(high, Max);
        if (low == Min && high == Max)
            return;
        var wider = Math.Max(SmallestExponent, Count == 0 ? SmallestExponent : exponent);
        var largest = Math.Max(Math.Abs(low), Math.Abs(high));
        if (largest > 0)
            wider = Math.Max(wider, Math.ILogB(largest) + 1 - IndexBits);
        while (Index(high, wider) - (long)Index(low, wider) >= capacity)
            wider++;

        var start = Index(low, wider);
        var grown = new long[Index(high, wider) - start + 1];
        for (var i = 0; i < counts.Length; i++)
            grown[Math.Clamp(((long)first + i) >> Math.Min(wider - exponent, 62), start, start + grown.Length - 1) - start] += counts[i];
        (counts, first, exponent, Min, Max) = (grown, start, wider, low, high);
    }
}
