namespace Niwaki;

/// <summary>
/// What one import found out about its files: the key, the lineage and the report ask for the same digests, which cost more than the
/// reading. It is no option, so that imports that differ in it alone are equal.
/// </summary>
internal sealed class SourceMemory : IEquatable<SourceMemory>
{
    private readonly Dictionary<(string Path, long Length, DateTime Changed), string> digests = [];
    private readonly Dictionary<(string Source, StageContext Context), ImportSource> sources = [];

    /// <summary>SHA-256 of a file.</summary>
    /// <exception cref="StageException">It is missing or cannot be read.</exception>
    public string Digest(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new StageException($"{path}: there is no such file. Give a checkpoint, the folder of one, or hf:OWNER/NAME.");
            file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            var key = (path, file.Length, file.LastWriteTimeUtc);
            return digests.TryGetValue(key, out var digest) ? digest : digests[key] = ArtifactStore.DigestOf(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    /// <summary>The files behind a source; a hub is asked once for each run.</summary>
    public ImportSource Resolve(Import import, StageContext context) =>
        sources.TryGetValue((import.Source, context), out var found) ? found : sources[(import.Source, context)] = ImportSource.Resolve(import.Source, import.MaxDownload, context);

    /// <inheritdoc/>
    public bool Equals(SourceMemory? other) => other is not null;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SourceMemory);

    /// <inheritdoc/>
    public override int GetHashCode() => 0;
}
