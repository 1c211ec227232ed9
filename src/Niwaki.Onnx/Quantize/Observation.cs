using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>What was seen of one tensor over the calibration pictures, in memory that does not grow with them.</summary>
public sealed class Observation
{
    /// <summary>How many pictures' ranges are kept: a moving average has long forgotten those before.</summary>
    public const int MostPictures = 1024;

    private const int MostNumbers = 1 << 15;
    private const int Piece = 256;
    private readonly Queue<ValueRange> pictures = [];
    private int seen;

    /// <summary>The values.</summary>
    public Histogram Histogram { get; } = new();

    /// <summary>The range of each of the last <see cref="MostPictures"/> pictures, in order.</summary>
    public IReadOnlyList<ValueRange> Pictures => [.. pictures];

    /// <summary>Adds the values of one picture.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    public void Add(ReadOnlySpan<float> values) => Add(values, every: 1);

    /// <summary>Adds the values of one picture; of more than 32768 about as many, in pieces spread over them, other ones with each picture. Smallest and largest are those of all.</summary>
    /// <exception cref="ArgumentException">One is not finite.</exception>
    internal void AddShare(ReadOnlySpan<float> values) => Add(values, (values.Length + MostNumbers - 1) / MostNumbers);

    private void Add(ReadOnlySpan<float> values, int every)
    {
        if (values.IsEmpty)
            return;
        var (low, high) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        if (every == 1)
        {
            Histogram.Add(values, low, high);
        }
        else
        {
            for (var at = seen % every * Piece; at < values.Length; at += every * Piece)
                Histogram.Add(values.Slice(at, Math.Min(Piece, values.Length - at)), low, high);
        }

        seen++;
        Keep(new ValueRange(low, high));
    }

    /// <summary>Adds what was seen of further pictures.</summary>
    public void Merge(Observation other)
    {
        Histogram.Merge(other.Histogram);
        foreach (var range in other.pictures)
            Keep(range);
    }

    /// <summary>Adds what was seen of another tensor, which must have the same scale, on the same pictures.</summary>
    public void Join(Observation other)
    {
        Histogram.Merge(other.Histogram);
        if (pictures.Count != other.pictures.Count)
        {
            foreach (var range in other.pictures)
                Keep(range);
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
        writer.Write(seen);
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
        observation.seen = reader.ReadInt32();
        var count = reader.ReadInt32();
        if (count is < 0 or > MostPictures)
            throw new InvalidDataException($"{count} pictures");
        for (var i = 0; i < count; i++)
            observation.pictures.Enqueue(new ValueRange(reader.ReadDouble(), reader.ReadDouble()));
        return observation;
    }

    private void Keep(ValueRange range)
    {
        if (pictures.Count == MostPictures)
            pictures.Dequeue();
        pictures.Enqueue(range);
    }
}
