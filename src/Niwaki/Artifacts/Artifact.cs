using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>
/// A folder on disk with a digest and a lineage: what stages take and give. Its <c>artifact.json</c> lists every file with its
/// SHA-256; <see cref="Digest"/> is the SHA-256 of that list.
/// </summary>
/// <param name="Folder">Where the files are.</param>
public abstract record Artifact([property: JsonIgnore] string Folder)
{
    /// <summary>SHA-256 in hex over kind, file names and file contents.</summary>
    public required string Digest { get; init; }

    /// <summary>The stages that led here, oldest first.</summary>
    public required IReadOnlyList<LineageStep> Lineage { get; init; }

    /// <summary>The full path of one of the artifact's files.</summary>
    public string PathOf(string file) => Path.Combine(Folder, file);
}
