namespace Niwaki.Torch;

/// <summary>A file that grows while others may read it, and that a resume cuts back to where its checkpoint knew it.</summary>
internal sealed class AppendedFile : IDisposable
{
    private readonly string path;
    private readonly FileStream stream;

    /// <param name="path">Created where it is missing.</param>
    /// <param name="length">What lies behind is cut off.</param>
    public AppendedFile(string path, long length)
    {
        this.path = path;
        try
        {
            stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            stream.SetLength(Math.Min(length, stream.Length));
            stream.Seek(0, SeekOrigin.End);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            stream?.Dispose();
            throw Unwritable(problem);
        }
    }

    public long Length => stream.Position;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
            stream.Flush();
        }
        catch (IOException problem)
        {
            throw Unwritable(problem);
        }
    }

    /// <summary>Waits until the disk has it all, so that a checkpoint never knows of more than a power cut leaves.</summary>
    public void Persist()
    {
        try
        {
            stream.Flush(flushToDisk: true);
        }
        catch (IOException problem)
        {
            throw Unwritable(problem);
        }
    }

    public void Dispose()
    {
        try
        {
            stream.Dispose();
        }
        catch (IOException problem)
        {
            throw Unwritable(problem);
        }
    }

    private StageException Unwritable(Exception problem) =>
        new($"{path}: could not be written ({problem.Message}). Free space or choose another folder, then run the same command again: it resumes.", problem);
}
