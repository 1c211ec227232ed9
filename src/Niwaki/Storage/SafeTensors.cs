using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Niwaki;

/// <summary>
/// The safetensors format: eight bytes little-endian header length, a JSON header with type, shape and byte range of every
/// tensor, then the bytes. Everything in the header is checked before a byte of it is believed.
/// </summary>
public static class SafeTensors
{
    private const int MaxHeader = 100_000_000;                                          // the reference implementation's own limit

    private const int Readers = 2;

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
            var values = new float[entries.Count][];
            // fresh memory costs about as much as the bytes themselves: two threads share it
            Parallel.For(0, entries.Count, new ParallelOptions { MaxDegreeOfParallelism = Readers }, i => values[i] = ReadValues(stream.SafeFileHandle, data, entries[i], path));
            var weights = new Dictionary<string, Weight>(entries.Count, StringComparer.Ordinal);
            for (var i = 0; i < values.Length; i++)
                weights[entries[i].Name] = new Weight(new Shape(entries[i].Dimensions), values[i]);

            return weights;
        }
        catch (AggregateException several) when (several.InnerException is StageException problem)
        {
            throw problem;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or AggregateException { InnerException: IOException })
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
            var bytes = checked(elements * Elements.Size(TypeOf(entry.Type, entry.Name, path)));
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

    /// <summary>What a name of the format stands for.</summary>
    private static ElementType TypeOf(string type, string name, string path) => type switch
    {
        "F32" => ElementType.Float32,
        "F16" => ElementType.Float16,
        "BF16" => ElementType.BFloat16,
        "F64" => ElementType.Float64,
        "I64" => ElementType.Int64,
        "U64" => ElementType.UInt64,
        "I32" => ElementType.Int32,
        "U32" => ElementType.UInt32,
        "I16" => ElementType.Int16,
        "U16" => ElementType.UInt16,
        "I8" => ElementType.Int8,
        "U8" => ElementType.UInt8,
        "BOOL" => ElementType.Boolean,
        _ => throw new StageException($"{path}: {name} is of type '{type}'. Known are F32, F16, BF16, F64, BOOL and the integers: convert the file first."),
    };

    private static float[] ReadValues(SafeFileHandle file, long data, Entry entry, string path)
    {
        var type = TypeOf(entry.Type, entry.Name, path);
        var values = GC.AllocateUninitializedArray<float>((int)((entry.End - entry.Begin) / Elements.Size(type)));
        if (type == ElementType.Float32)
        {
            Fill(file, data + entry.Begin, MemoryMarshal.AsBytes(values.AsSpan()), path);
            return values;
        }

        var bytes = GC.AllocateUninitializedArray<byte>((int)(entry.End - entry.Begin));
        Fill(file, data + entry.Begin, bytes, path);
        Elements.Decode(bytes, type, values);
        return values;
    }

    private static void Fill(SafeFileHandle file, long at, Span<byte> bytes, string path)
    {
        while (bytes.Length > 0)
        {
            var count = RandomAccess.Read(file, bytes, at);
            if (count == 0)
                throw Damaged(path, "became shorter while it was read");
            at += count;
            bytes = bytes[count..];
        }
    }

    private static StageException Damaged(string path, string what) =>
        new($"{path}: {what}. The file is damaged or cut: copy or write it again.");
}
