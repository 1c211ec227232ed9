namespace Niwaki;

/// <summary>
/// The cache that Hugging Face's own programs use, so that what they downloaded is found and the other way around: contents under
/// <c>blobs/ETAG</c>, and for each commit a folder of links to them.
/// </summary>
/// <param name="root">The folder of all models.</param>
/// <param name="name">The model.</param>
internal sealed class HubCache(string root, HubName name)
{
    private const string Incomplete = ".incomplete";

    private readonly string folder = Path.Combine(root, $"models--{name.Owner}--{name.Name}");

    /// <summary>The folder of a commit's files.</summary>
    public string Snapshot(string commit) => Path.Combine(folder, "snapshots", commit);

    /// <summary>The commit that the revision was when it was last asked for; null if it never was.</summary>
    public string? KnownCommit()
    {
        if (Directory.Exists(Snapshot(name.Revision)))
            return name.Revision;
        var path = Path.Combine(folder, "refs", name.Revision);
        var commit = File.Exists(path) ? File.ReadAllText(path).Trim() : null;
        return commit is { Length: > 0 and <= 64 } && commit.All(char.IsAsciiHexDigit) && Directory.Exists(Snapshot(commit)) ? commit : null;
    }

    /// <summary>Remembers what a revision is.</summary>
    public void Remember(string commit)
    {
        if (commit != name.Revision)
            AtomicFile.WriteText(Path.Combine(folder, "refs", name.Revision), commit);
    }

    /// <summary>A finished file of a commit; null if it is not there.</summary>
    public string? Find(string commit, string file) => Path.Combine(Snapshot(commit), file) is var path && File.Exists(path) ? path : null;

    /// <summary>Where a content is or will be.</summary>
    public string Blob(string etag) => Path.Combine(folder, "blobs", etag);

    /// <summary>Where a content is collected; whoever has it open is the only one.</summary>
    public FileStream OpenIncomplete(string etag)
    {
        Directory.CreateDirectory(Path.Combine(folder, "blobs"));
        try
        {
            return new FileStream(Blob(etag) + Incomplete, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (IOException problem)
        {
            throw new StageException($"{Blob(etag)}{Incomplete}: cannot be opened ({problem.Message}). Another process may be downloading the same file: wait for it, then run the same command again.", problem);
        }
    }

    /// <summary>Throws away what was collected.</summary>
    public void Discard(string etag) => File.Delete(Blob(etag) + Incomplete);

    /// <summary>Makes what was collected and checked the content.</summary>
    public void Finish(string etag) => File.Move(Blob(etag) + Incomplete, Blob(etag), overwrite: true);

    /// <summary>Places a content in the folder of a commit.</summary>
    public string Place(string commit, string file, string etag)
    {
        var path = Path.Combine(Snapshot(commit), file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
            File.Delete(path);
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, Blob(etag)));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            File.Copy(Blob(etag), path);                                                // a file system without links
        }

        return path;
    }
}
