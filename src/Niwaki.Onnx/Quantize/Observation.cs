using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Niwaki.Onnx;

/// <summary>What was seen of one tensor over the calibration pictures, in memory that does not grow with them.</summary>
public sealed class Observation
{
    /// <summary>How many pictures' ranges are kept: a moving average has long forgotten those before.</summary>
    public const int MostPictures = 1024;

    private const int MostNumbers = 1 << 14;
    private const int Piece = 256;
    private readonly Queue<ValueRange> pictures = [];

    /// <summary>The values.</summary>
    public Histogram Histogram { get; } = new();

    /// <summary>The range of each of the last <see cref="MostPictures"/> pictures, in order.</summary>
    public IReadOnlyList<ValueRange> Pictures => [.. pictures];

    /// <summary>Adds the values of one picture.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        if (!values.IsEmpty)
            Keep([Count(values, number: 0, every: 1)]);
    }

    /// <summary>
    /// Counts the values of one picture: of more than 16384 about as many, in pieces spread over them, other ones with each picture.
    /// Smallest and largest are those of all. May be called from several threads.
    /// </summary>
    /// <param name="values">All of them.</param>
    /// <param name="number">Of the picture.</param>
    /// <returns>The picture's range, which is still to be kept, in order.</returns>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    internal ValueRange Count(ReadOnlySpan<float> values, int number) => values.IsEmpty ? default : Count(values, number, (values.Length + MostNumbers - 1) / MostNumbers);

    private ValueRange Count(ReadOnlySpan<float> values, int number, int every)
    {
        var (low, high) = Extremes(values);
        lock (Histogram)
        {
            for (var at = number % every * Piece; at < values.Length; at += every * Piece)
                Histogram.Add(values.Slice(at, Math.Min(Piece, values.Length - at)), low, high);
        }

        return new ValueRange(low, high);
    }

    /// <summary>Keeps the ranges of further pictures.</summary>
    internal void Keep(IEnumerable<ValueRange> ranges)
    {
        foreach (var range in ranges)
        {
            if (pictures.Count == MostPictures)
                pictures.Dequeue();
            pictures.Enqueue(range);
        }
    }

    // in one pass; not a number where one of them is not finite, whose product with 0 is not 0
    private static (float Low, float High) Extremes(ReadOnlySpan<float> values)
    {
        if (values.Length < Vector<float>.Count)
            return (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        var (low, high, broken) = (vectors[0], vectors[0], Vector<float>.Zero);
        foreach (var vector in vectors)
            (low, high, broken) = (Vector.MinNative(low, vector), Vector.MaxNative(high, vector), broken + (vector * Vector<float>.Zero));
        var last = new Vector<float>(values[^Vector<float>.Count..]);
        (low, high, broken) = (Vector.MinNative(low, last), Vector.MaxNative(high, last), broken + (last * Vector<float>.Zero));
        if (Vector.Sum(broken) != 0)
            return (float.NaN, float.NaN);
        var (least, most) = (low[0], high[0]);
        for (var i = 1; i < Vector<float>.Count; i++)
            (least, most) = (Math.Min(least, low[i]), Math.Max(most, high[i]));
        return (least, most);
    }

    /// <summary>Adds what was seen of further pictures.</summary>
    public void Merge(Observation other)
    {
        Histogram.Merge(other.Histogram);
        Keep(other.pictures);
    }

    /// <summary>Adds what was seen of another tensor, which must have the same scale, on the same pictures.</summary>
    public void Join(Observation other)
    {
        Histogram.Merge(other.Histogram);
        if (pictures.Count != other.pictures.Count)
        {
            Keep(other.pictures);
            return;
        }

        ValueRange[] joined = [.. pictures.Zip(other.pictures, (one, two) => new ValueRange(Math.Min(one.Low, two.Low), Math.Max(one.High, two.High)))];
        pictures.Clear();
        foreach (var range in joined)
            pictures.Enqueue(range);
    }

    /// <summary>Writes all that it holds.</summary>
    internal void Write(BinaryWriter writer)
    {
        Histogram.Write(writer);
        writer.Write(pictures.Count);
        foreach (var range in pictures)
        {
            writer.Write(range.Low);
            writer.Write(range.High);
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    internal static Observation Read(BinaryReader reader)
    {
        var observation = new Observation();
        observation.Histogram.Read(reader);
        var count = reader.ReadInt32();
        if (count is < 0 or > MostPictures)
            throw new InvalidDataException($"{count} pictures");
        for (var i = 0; i < count; i++)
            observation.pictures.Enqueue(new ValueRange(reader.ReadDouble(), reader.ReadDouble()));
        return observation;
    }
}
