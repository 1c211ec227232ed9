using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Niwaki;

/// <summary>
/// The safetensors format: eight bytes little-endian header length, a JSON header with type, shape and byte range of every
/// tensor, then the bytes. Everything in the header is checked before a byte of it is believed.
/// </summary>
public static class SafeTensors
{
    private const int MaxHeader = 100_000_000;                                          // the reference implementation's own limit

    private sealed record Entry(string Name, string Type, int[] Dimensions, long Begin, long End);

    /// <summary>Reads all tensors; F16, BF16, F64 and integers become float32.</summary>
    /// <exception cref="StageException">Cut, corrupt, or of a type that no model weight has.</exception>
    public static IReadOnlyDictionary<string, Weight> Read(string path)
    {
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such file.");
        try
        {
            using var stream = File.OpenRead(path);
            var (entries, data) = ReadHeader(stream, path);
            var weights = new Dictionary<string, Weight>(entries.Count, StringComparer.Ordinal);
            foreach (var entry in entries)
            {
                var bytes = new byte[entry.End - entry.Begin];
                stream.Position = data + entry.Begin;
                stream.ReadExactly(bytes);
                weights[entry.Name] = new Weight(new Shape(entry.Dimensions), Decode(bytes, entry.Type));
            }

            return weights;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    /// <summary>Writes tensors as F32, in the given order, whole or not at all; the same tensors give the same bytes.</summary>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Weight>> weights)
    {
        var all = weights.ToArray();
        var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            long offset = 0;
            foreach (var (name, weight) in all)
            {
                if (weight.Shape.Elements != weight.Values.Length)
                    throw new ArgumentException($"{name}: {weight.Values.Length} values do not fill {weight.Shape}.", nameof(weights));
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (var size in weight.Shape.Dimensions)
                    json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += 4L * weight.Values.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (header.Length % 8 != 0)
            header.WriteByte((byte)' ');
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            header.WriteTo(stream);
            foreach (var (_, weight) in all)
                stream.Write(MemoryMarshal.AsBytes(weight.Values.AsSpan()));
        });
    }

    private static (IReadOnlyList<Entry> Entries, long Data) ReadHeader(FileStream stream, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (stream.Length < 8)
            throw Damaged(path, $"has {stream.Length} bytes, fewer than its header length takes");
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader || (long)length > stream.Length - 8)
            throw Damaged(path, $"says that its header has {length} bytes, but {stream.Length - 8} follow (at most {MaxHeader} are allowed)");
        var text = new byte[length];
        stream.ReadExactly(text);
        var data = 8 + (long)length;
        try
        {
            using var json = JsonDocument.Parse(text);
            var entries = json.RootElement.EnumerateObject().Where(member => member.Name != "__metadata__").Select(member => ReadEntry(member, path)).ToArray();
            Check(entries, stream.Length - data, path);
            return (entries, data);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Damaged(path, $"has a header that is not what safetensors writes ({problem.Message})");
        }
    }

    private static Entry ReadEntry(JsonProperty member, string path)
    {
        var offsets = member.Value.GetProperty("data_offsets");
        if (offsets.GetArrayLength() != 2)
            throw Damaged(path, $"gives {member.Name} {offsets.GetArrayLength()} offsets where two are needed");
        return new Entry(
            member.Name,
            member.Value.GetProperty("dtype").GetString() ?? string.Empty,
            [.. member.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())],
            offsets[0].GetInt64(),
            offsets[1].GetInt64());
    }

    private static void Check(Entry[] entries, long available, string path)
    {
        long expected = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (!names.Add(entry.Name))
                throw Damaged(path, $"lists {entry.Name} twice");
            if (entry.Dimensions.Any(size => size < 0))
                throw Damaged(path, $"gives {entry.Name} a negative dimension");
            var elements = entry.Dimensions.Aggregate(1L, (product, size) => checked(product * size));
            var bytes = checked(elements * SizeOf(entry.Type, entry.Name, path));
            if (entry.Begin != expected)
                throw Damaged(path, $"places {entry.Name} at byte {entry.Begin} where {expected} is next (tensors overlap or leave a hole)");
            if (entry.End - entry.Begin != bytes || entry.End > available)
                throw Damaged(path, $"gives {entry.Name} bytes {entry.Begin} to {entry.End}, but its shape [{string.Join(", ", entry.Dimensions)}] of {entry.Type} takes {bytes} and the file holds {available}");
            if (bytes > Array.MaxLength)
                throw Damaged(path, $"holds {entry.Name} of {bytes} bytes, more than one tensor may have here ({Array.MaxLength})");
            expected = entry.End;
        }

        if (expected != available)
            throw Damaged(path, $"holds {available} bytes of data, but its tensors take {expected}");
    }

    private static int SizeOf(string type, string name, string path) => type switch
    {
        "F32" or "I32" or "U32" => 4,
        "F16" or "BF16" or "I16" or "U16" => 2,
        "F64" or "I64" or "U64" => 8,
        "U8" or "I8" or "BOOL" => 1,
        _ => throw new StageException($"{path}: {name} is of type '{type}'. Known are F32, F16, BF16, F64, BOOL and the integers: convert the file first."),
    };

    private static float[] Decode(byte[] bytes, string type)
    {
        return type switch
        {
            "F32" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
            "F16" => Each<Half>(bytes, value => (float)value),
            "BF16" => Each<ushort>(bytes, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
            "F64" => Each<double>(bytes, value => (float)value),
            "I64" => Each<long>(bytes, value => value),
            "U64" => Each<ulong>(bytes, value => value),
            "I32" => Each<int>(bytes, value => value),
            "U32" => Each<uint>(bytes, value => value),
            "I16" => Each<short>(bytes, value => value),
            "U16" => Each<ushort>(bytes, value => value),
            "I8" => Each<sbyte>(bytes, value => value),
            _ => Each<byte>(bytes, value => value),
        };

        static float[] Each<TElement>(byte[] bytes, Func<TElement, float> convert)
            where TElement : struct
        {
            var source = MemoryMarshal.Cast<byte, TElement>(bytes);
            var values = new float[source.Length];
            for (var i = 0; i < values.Length; i++)
                values[i] = convert(source[i]);
            return values;
        }
    }

    private static StageException Damaged(string path, string what) =>
        new($"{path}: {what}. The file is damaged or cut: copy or write it again.");
}
