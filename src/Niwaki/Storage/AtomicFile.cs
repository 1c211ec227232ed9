namespace Niwaki;

/// <summary>Files that are whole or not there: written beside, flushed to the disk, then renamed.</summary>
public static class AtomicFile
{
    /// <summary>Ends the name of a file that is being written.</summary>
    internal const string Suffix = ".writing";

    /// <summary>Writes text.</summary>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    /// <summary>Writes bytes.</summary>
    public static void WriteBytes(string path, ReadOnlySpan<byte> bytes)
    {
        var copy = bytes.ToArray();
        Write(path, stream => stream.Write(copy));
    }

    /// <summary>Writes what <paramref name="fill"/> puts into the stream.</summary>
    /// <exception cref="StageException">The disk is full or the folder cannot be written; the old file is still there.</exception>
    public static void Write(string path, Action<FileStream> fill)
    {
        var beside = path + Suffix;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using (var stream = new FileStream(beside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                fill(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            try
            {
                File.Delete(beside);
            }
            catch (Exception again) when (again is IOException or UnauthorizedAccessException)
            {
                // what could not be written cannot always be deleted; the first problem is the one to tell
            }

            throw new StageException($"{path}: could not be written ({problem.Message}). Free space or choose another folder, then run the same command again: it resumes.", problem);
        }
    }
}
