using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;

namespace Niwaki;

/// <summary>PyTorch's first format: a tar of <c>storages</c>, <c>tensors</c> and <c>pickle</c>. Entries are read, never unpacked to disk.</summary>
internal static class TorchTar
{
    private const int MaxTensors = 1_000_000;
    private const int MaxRank = 64;

    public static (object? Root, Func<IReadOnlyList<(string, TorchTensor)>, Dictionary<string, Weight>> Read) Open(FileStream file, string where)
    {
        var entries = Entries(file, where);
        var storages = new Dictionary<string, (TorchStorage Storage, long Place)>(StringComparer.Ordinal);
        using var data = Part("storages");
        Storages(data, storages, where);
        using var descriptions = Part("tensors");
        var tensors = Tensors(descriptions, storages, where);
        using var pickle = Part("pickle");
        var root = new PickleMachine(pickle, where, id => id switch
        {
            long or string when tensors.TryGetValue(Key(id), out var tensor) => tensor,
            long or string when storages.TryGetValue(Key(id), out var storage) => storage.Storage,
            IReadOnlyList<object?> { Count: > 0 } container => container[0],
            _ => null,
        }).Load();
        var bytes = entries["storages"];
        return (root, wanted => TorchTensors.Read(wanted, (storage, span) =>
        {
            bytes.AsSpan((int)storages[storage.Key].Place, span.Length).CopyTo(span);
        }, file.Length, where));

        MemoryStream Part(string name) => entries.TryGetValue(name, out var part) ? new MemoryStream(part, writable: false) : throw new StageException($"{where}: is a tar without '{name}', so no checkpoint of PyTorch. Give the checkpoint itself.");
    }

    private static Dictionary<string, byte[]> Entries(FileStream file, string where)
    {
        var parts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        try
        {
            using var reader = new TarReader(file, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (name is not ("storages" or "tensors" or "pickle") || entry.DataStream is not { } stream)
                    continue;
                if (entry.Length > file.Length)
                    throw PickleMachine.Damaged(where, $"announces {entry.Length} bytes of {name} and has {file.Length} in all");
                var bytes = new byte[entry.Length];
                stream.ReadExactly(bytes);
                if (!parts.TryAdd(name, bytes))
                    throw PickleMachine.Damaged(where, $"has two entries called '{name}'");
            }
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException or FormatException or ArgumentException)
        {
            throw new StageException($"{where}: is a tar that cannot be read ({problem.Message}). The file is damaged or cut: copy it again.", problem);
        }

        return parts;
    }

    private static void Storages(MemoryStream data, Dictionary<string, (TorchStorage Storage, long Place)> storages, string where)
    {
        Span<byte> size = stackalloc byte[8];
        foreach (var _ in Count(data, where))
        {
            if (new PickleMachine(data, where).Load() is not IReadOnlyList<object?> { Count: 3 } parts || Key(parts[0]) is not { Length: > 0 } key || parts[2] is not PickleGlobal { Kind: PickleGlobalKind.Storage, Type: { } type } || data.Length - data.Position < 8)
                throw PickleMachine.Damaged(where, "has a storage without key, type or length");
            data.ReadExactly(size);
            var storage = new TorchStorage(key, type, BinaryPrimitives.ReadInt64LittleEndian(size));
            if (storage.Count < 0 || storage.Count > data.Length || storage.Bytes > data.Length - data.Position || !storages.TryAdd(key, (storage, data.Position)))
                throw PickleMachine.Damaged(where, $"has a storage {key} that comes twice or is longer ({storage.Count} elements) than what is left");
            data.Position += storage.Bytes;
        }

        if (data.Position == data.Length)
            return;
        foreach (var item in new PickleMachine(data, where).Load() as IReadOnlyList<object?> ?? [])
        {
            if (item is not IReadOnlyList<object?> { Count: 4 } view || !storages.TryGetValue(Key(view[1]), out var whole) || view[2] is not long offset || view[3] is not long count
                || offset < 0 || count < 0 || offset > whole.Storage.Count || count > whole.Storage.Count - offset)
            {
                throw PickleMachine.Damaged(where, "has a view of a storage that reaches beyond it");
            }

            var key = Key(view[0]);
            storages[key] = (new TorchStorage(key, whole.Storage.Type, count), whole.Place + (offset * Elements.Size(whole.Storage.Type!.Value)));
        }
    }

    private static Dictionary<string, TorchTensor> Tensors(MemoryStream data, Dictionary<string, (TorchStorage Storage, long Place)> storages, string where)
    {
        var tensors = new Dictionary<string, TorchTensor>(StringComparer.Ordinal);
        Span<byte> number = stackalloc byte[8];
        foreach (var _ in Count(data, where))
        {
            if (new PickleMachine(data, where).Load() is not IReadOnlyList<object?> { Count: 3 } parts || !storages.TryGetValue(Key(parts[1]), out var storage) || data.Length - data.Position < 8)
                throw PickleMachine.Damaged(where, "has a tensor without key or storage");
            data.ReadExactly(number);                                                   // the rank, and four bytes that mean nothing
            var rank = BinaryPrimitives.ReadInt32LittleEndian(number);
            if (rank is < 0 or > MaxRank || data.Length - data.Position < ((2 * rank) + 1) * 8)
                throw PickleMachine.Damaged(where, $"has a tensor of {rank} dimensions");
            var numbers = new object?[(2 * rank) + 1];
            for (var i = 0; i < numbers.Length; i++)
            {
                data.ReadExactly(number);
                numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(number);
            }

            var (tensor, problem) = TorchTensor.Of(storage.Storage, storage.Storage.Type, numbers[^1], numbers[..rank], numbers[rank..(2 * rank)]);
            if (tensor is null || !tensors.TryAdd(Key(parts[0]), tensor))
                throw PickleMachine.Damaged(where, $"has a tensor that {problem ?? "comes twice"}");
        }

        return tensors;
    }

    private static IEnumerable<int> Count(MemoryStream data, string where) =>
        new PickleMachine(data, where).Load() is long and >= 0 and <= MaxTensors and var count
            ? Enumerable.Range(0, (int)count)
            : throw PickleMachine.Damaged(where, "does not tell how many tensors or storages it has");

    private static string Key(object? id) => id switch
    {
        long number => number.ToString(CultureInfo.InvariantCulture),
        string text => text,
        _ => string.Empty,
    };
}
