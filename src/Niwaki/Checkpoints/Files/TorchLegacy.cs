using System.Buffers.Binary;
using System.Numerics;

namespace Niwaki;

/// <summary>PyTorch's format before 1.6: five pickles one after another (a magic number, a version, the machine, the value, the storages' keys), then each storage.</summary>
internal static class TorchLegacy
{
    private const long Version = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", System.Globalization.NumberStyles.HexNumber);

    public static (object? Root, Func<IReadOnlyList<(string, TorchTensor)>, Dictionary<string, Weight>> Read) Open(FileStream file, string where)
    {
        var first = new PickleMachine(file, where).Load();
        if (first is not BigInteger number || number != Magic)
            throw new StageException($"{where}: is a pickle, but not one that torch.save wrote. Save the tensors with torch.save or as safetensors.");
        if (new PickleMachine(file, where).Load() is not Version)
            throw PickleMachine.Damaged(where, $"is of another version of the format than {Version}");
        if (new PickleMachine(file, where).Load() is PickleDictionary machine && machine.TryGet("little_endian", out var little) && little is false)
            throw new StageException($"{where}: was written on a big-endian machine by a version of PyTorch that does not tell how. Save it again with PyTorch 2.1 or later.");
        var known = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        var root = new PickleMachine(file, where, Storage).Load();
        var places = Places(file, known, where);
        return (root, tensors => TorchTensors.Read(tensors, (storage, bytes) =>
        {
            file.Position = places[storage.Key];
            file.ReadExactly(bytes);
        }, file.Length, where));

        object? Storage(object? id)
        {
            if (id is not IReadOnlyList<object?> { Count: >= 5 } parts || parts[0] is not "storage" || parts[1] is not PickleGlobal { Kind: PickleGlobalKind.Storage } type || parts[2] is not string key || parts[4] is not long count)
                return null;
            var storage = new TorchStorage(key, type.Type, count);
            if (count < 0 || count > file.Length || storage.Bytes > file.Length)
                throw PickleMachine.Damaged(where, $"has a storage of {count} elements in {file.Length} bytes");
            if (!known.TryAdd(key, storage) && known[key] != storage)
                throw PickleMachine.Damaged(where, $"describes the storage {key} in two ways");
            if (parts.Count < 6 || parts[5] is null)
                return known[key];
            return parts[5] is IReadOnlyList<object?> { Count: 3 } view && view[1] is long offset && view[2] is long size && offset >= 0 && size >= 0 && offset <= count && size <= count - offset
                ? known[key] with { Offset = offset }
                : throw PickleMachine.Damaged(where, $"has a view of the storage {key} that reaches beyond it");
        }
    }

    private static Dictionary<string, long> Places(FileStream file, Dictionary<string, TorchStorage> known, string where)
    {
        if (new PickleMachine(file, where).Load() is not IReadOnlyList<object?> keys)
            throw PickleMachine.Damaged(where, "lists no storages behind its value");
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        Span<byte> count = stackalloc byte[8];
        foreach (var key in keys)
        {
            if (key is not string name || !known.TryGetValue(name, out var storage))
                throw PickleMachine.Damaged(where, "lists a storage that its value does not refer to");
            if (file.Length - file.Position < 8)
                throw PickleMachine.Damaged(where, $"ends before the storage {name}");
            file.ReadExactly(count);
            var elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements != storage.Count || storage.Bytes > file.Length - file.Position)
                throw PickleMachine.Damaged(where, $"has {elements} elements in the storage {name} where {storage.Count} are needed, and {file.Length - file.Position} bytes left");
            if (!places.TryAdd(name, file.Position))
                throw PickleMachine.Damaged(where, $"lists the storage {name} twice");
            file.Position += storage.Bytes;
        }

        return known.Keys.FirstOrDefault(name => !places.ContainsKey(name)) is { } missing
            ? throw PickleMachine.Damaged(where, $"does not hold the storage {missing}, which its value refers to")
            : places;
    }
}
