namespace Niwaki.Edge;

/// <summary>A line of JSON for each frame, into a file or to the standard output. A file that has become large is set aside once, as <c>.1</c>, so that the disk stays bounded.</summary>
internal sealed class JsonLines : Sink
{
    private const long Largest = 64 << 20;

    private readonly string path;
    private readonly IReadOnlyList<ClassInfo> classes;
    private readonly EdgeSession session;
    private FileStream? file;

    public JsonLines(string path, IReadOnlyList<ClassInfo> classes, EdgeSession session)
    {
        (this.path, this.classes, this.session) = (path, classes, session);
        if (path != "-")
            file = Open();
    }

    /// <inheritdoc/>
    public override string Name => $"jsonl:{path}";

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(FrameResult result, CancellationToken cancel)
    {
        byte[] line = [.. EdgeJson.Write(FrameLine.Of(result, classes)), (byte)'\n'];
        if (path == "-")
        {
            await session.Output.WriteAsync(System.Text.Encoding.UTF8.GetString(line));
            await session.Output.FlushAsync(cancel);
            return;
        }

        try
        {
            file ??= Open();
            await file.WriteAsync(line, CancellationToken.None); // a line is written whole
            await file.FlushAsync(CancellationToken.None);
            if (file.Length < Largest)
                return;
            await CloseAsync();
            File.Move(path, path + ".1", overwrite: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            await CloseAsync();
            throw new StageException($"{path}: could not be written ({problem.Message}). Free space or choose another file.", problem);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask CloseAsync()
    {
        var open = file;
        file = null;
        if (open is not null)
            await open.DisposeAsync();
    }

    private FileStream Open()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: cannot be written ({problem.Message}). Choose another file.", problem);
        }
    }
}
