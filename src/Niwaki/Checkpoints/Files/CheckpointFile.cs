using System.Text;

namespace Niwaki;

/// <summary>
/// Reads the tensors of a checkpoint: safetensors (also in shards), and what <c>torch.save</c> wrote in any of its formats. Pickles are
/// parsed and never executed. The format is told by the content, not by the name.
/// </summary>
public static class CheckpointFile
{
    private const string Index = ".index.json";

    /// <summary>The tensors of a file.</summary>
    /// <param name="path">A checkpoint, or the index of one in shards.</param>
    /// <param name="entry">Which of several dicts of a training's file; null for the usual ones, averaged weights first.</param>
    /// <exception cref="StageException">Damaged, malicious, of an unknown kind, or without tensors.</exception>
    public static ForeignState Read(string path, string? entry = null)
    {
        if (path.EndsWith(Index, StringComparison.Ordinal))
            return Shards.Read(path, entry);
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such file. Give a checkpoint, the folder of one, or hf:OWNER/NAME.");
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.None);
            return Read(file, path, entry) with { Files = [path] };
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    private static ForeignState Read(FileStream file, string path, string? entry)
    {
        var head = new byte[512];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        file.Position = 0;
        switch (head)
        {
            case [(byte)'P', (byte)'K', 3 or 5, 4 or 6, ..]:
                return Torch(TorchZip.Open(file, path), entry, path, "PyTorch (zip)");
            case [.., _] when head.Length >= 263 && head.AsSpan(257, 5).SequenceEqual("ustar"u8) || IsOldTar(head):
                return Torch(TorchTar.Open(file, path), entry, path, "PyTorch (tar)");
            case [0x80, <= 5, ..]:
                return Torch(TorchLegacy.Open(file, path), entry, path, "PyTorch (before 1.6)");
            case [_, _, _, _, _, _, _, _, (byte)'{', ..]:
                return entry is null
                    ? new ForeignState(SafeTensors.Read(path), "safetensors")
                    : throw new StageException($"{path}: is a safetensors file, which has no entries. Leave --entry out.");
            default:
                throw new StageException($"{path}: is {Guess(head)}. Known are safetensors and what torch.save writes (.pth, .pt, .bin).");
        }
    }

    private static ForeignState Torch((object? Root, Func<IReadOnlyList<(string, TorchTensor)>, Dictionary<string, Weight>> Read) opened, string? wanted, string path, string format)
    {
        var (dictionary, entry) = StateDict.Find(opened.Root, wanted, path);
        var tensors = dictionary.Names.Where(name => dictionary[name] is TorchTensor).Select(name => (name, (TorchTensor)dictionary[name]!)).ToArray();
        return new ForeignState(opened.Read(tensors), format)
        {
            Entry = entry,
            Others = [.. dictionary.Names.Where(name => dictionary[name] is not TorchTensor)],
        };
    }

    // before ustar there was no mark, but the names that PyTorch gives
    private static bool IsOldTar(byte[] head) => head.Length == 512 && (char.IsAsciiDigit((char)head[100]) || head[100] == ' ') && Encoding.ASCII.GetString(head, 0, 10).TrimEnd('\0') is "sys_info" or "storages" or "tensors" or "pickle";

    private static string Guess(byte[] head)
    {
        var text = Encoding.Latin1.GetString(head);
        return head.Length == 0 ? "empty"
            : text.StartsWith("version https://git-lfs", StringComparison.Ordinal) ? "only the pointer to a file in Git LFS (run 'git lfs pull' where it comes from)"
            : text.StartsWith("\u0089HDF", StringComparison.Ordinal) ? "an HDF5 file, as Keras writes it"
            : text.StartsWith("\u001f\u008b", StringComparison.Ordinal) ? "compressed with gzip (unpack it first)"
            : text.TrimStart().StartsWith('<') ? "a web page, not the file itself (download it again)"
            : text.TrimStart().StartsWith('{') ? "JSON, not a checkpoint"
            : "of no format that is known here";
    }
}
