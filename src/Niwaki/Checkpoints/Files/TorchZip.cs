using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>PyTorch's format since 1.6: a zip with <c>data.pkl</c> and one entry for each storage. Entries are read, never unpacked to disk.</summary>
internal static partial class TorchZip
{
    private const long MaxPickle = 64 << 20;
    private const long MaxSmall = 1 << 10;

    public static (object? Root, Func<IReadOnlyList<(string, TorchTensor)>, Dictionary<string, Weight>> Read) Open(FileStream file, string where)
    {
        var archive = Entries(file, where);
        var pickles = archive.Keys.Where(name => name == "data.pkl" || (name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(letter => letter == '/') == 1)).ToArray();
        if (pickles.Length != 1)
            throw new StageException($"{where}: is a zip with {pickles.Length} files called data.pkl where a PyTorch checkpoint has one{(archive.Count > 0 ? $" (it holds {string.Join(", ", archive.Keys.Take(3).Select(Plain))}{(archive.Count > 3 ? ", …" : string.Empty)})" : string.Empty)}. Give the checkpoint itself.");
        var root = pickles[0][..^"data.pkl".Length];
        using var pickle = new MemoryStream(Whole(archive[pickles[0]], MaxPickle, where));
        var known = new Dictionary<string, TorchStorage>(StringComparer.Ordinal);
        var value = new PickleMachine(pickle, where, Storage).Load();
        var bigEndian = archive.TryGetValue($"{root}byteorder", out var order) && Encoding.ASCII.GetString(Whole(order, MaxSmall, where)).Trim() switch
        {
            "little" => false,
            "big" => true,
            var other => throw new StageException($"{where}: says that its byte order is '{Plain(other)}'; known are little and big."),
        };
        return (value, tensors => TorchTensors.Read(tensors, Fill, file.Length, where, bigEndian));

        object? Storage(object? id)
        {
            if (id is not IReadOnlyList<object?> { Count: >= 5 } parts || parts[0] is not "storage" || parts[1] is not PickleGlobal { Kind: PickleGlobalKind.Storage } type || parts[2] is not string key || parts[4] is not long count)
                return null;
            if (!StorageKey().IsMatch(key))
                throw PickleMachine.Damaged(where, $"names a storage '{Plain(key)}', which is no plain word");
            if (!archive.TryGetValue($"{root}data/{key}", out var entry))
                throw PickleMachine.Damaged(where, $"has no entry {root}data/{key}, which its pickle refers to");
            var storage = new TorchStorage(key, type.Type, count);
            if (count < 0 || count > entry.Length || storage.Bytes != entry.Length)
                throw PickleMachine.Damaged(where, $"has {entry.Length} bytes in {root}data/{key} where {count} elements of {type.Name} are needed");
            if (!known.TryAdd(key, storage) && known[key] != storage)
                throw PickleMachine.Damaged(where, $"describes the storage {key} in two ways");
            return known[key];
        }

        void Fill(TorchStorage storage, Span<byte> bytes)
        {
            using var stream = Opened(archive[$"{root}data/{storage.Key}"], where);
            ReadExactly(stream, bytes, where);
        }
    }

    private static Dictionary<string, ZipArchiveEntry> Entries(FileStream file, string where)
    {
        try
        {
            var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            var entries = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
            foreach (var entry in archive.Entries)
            {
                var name = entry.FullName;
                if (name.Split('/', '\\').Contains("..") || name.StartsWith('/') || name.Contains('\\', StringComparison.Ordinal) || name.Contains(':', StringComparison.Ordinal))
                    throw new StageException($"{where}: has an entry '{Plain(name)}', which leads out of the archive. It was not made by PyTorch; take the checkpoint from where it was published.");
                if (!entries.TryAdd(name, entry))
                    throw PickleMachine.Damaged(where, $"has two entries called '{Plain(name)}'");
            }

            return entries;
        }
        catch (Exception problem) when (problem is InvalidDataException or ArgumentException or NotSupportedException)
        {
            throw new StageException($"{where}: is a zip that cannot be read ({problem.Message}). The file is damaged or cut: copy it again.", problem);
        }
    }

    private static byte[] Whole(ZipArchiveEntry entry, long most, string where)
    {
        if (entry.Length > most)
            throw new StageException($"{where}: {Plain(entry.FullName)} has {entry.Length} bytes, more than the {most} that any checkpoint needs.");
        var bytes = new byte[entry.Length];
        using var stream = Opened(entry, where);
        ReadExactly(stream, bytes, where);
        return bytes;
    }

    private static Stream Opened(ZipArchiveEntry entry, string where)
    {
        try
        {
            return entry.Open();
        }
        catch (Exception problem) when (problem is InvalidDataException or NotSupportedException)
        {
            throw new StageException($"{where}: {Plain(entry.FullName)} cannot be read ({problem.Message}). The file is damaged or cut: copy it again.", problem);
        }
    }

    private static void ReadExactly(Stream stream, Span<byte> bytes, string where)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (Exception problem) when (problem is InvalidDataException or EndOfStreamException)
        {
            throw new StageException($"{where}: one of its entries ends early ({problem.Message}). The file is damaged or cut: copy it again.", problem);
        }
    }

    private static string Plain(string name) => new([.. name.Take(120).Select(letter => char.IsControl(letter) ? '?' : letter)]);

    [GeneratedRegex(@"^[A-Za-z0-9_\-]{1,64}\z")]
    private static partial Regex StorageKey();
}
