using System.Security.Cryptography;
using System.Text;

namespace Niwaki;

/// <summary>Seals a folder into an artifact and opens it again, with every digest checked.</summary>
public static class ArtifactStore
{
    /// <summary>The file that makes a folder an artifact.</summary>
    public const string ManifestFile = "artifact.json";

    private sealed record Manifest(string Kind, string Digest, SortedDictionary<string, string> Files, IReadOnlyList<LineageStep> Lineage);

    /// <summary>
    /// Writes the manifest over all files in <paramref name="partial"/> and renames the folder to <paramref name="final"/>:
    /// a reader sees the whole artifact or none.
    /// </summary>
    /// <remarks>Files and folders whose name starts with a dot are working state of the stage: not listed, and deleted once the manifest is on the disk.</remarks>
    public static TArtifact Seal<TArtifact>(string partial, string final, IReadOnlyList<LineageStep> lineage, Vocabulary vocabulary)
        where TArtifact : Artifact
    {
        // what a killed process was writing through AtomicFile
        foreach (var leftover in Directory.EnumerateFiles(partial, "*" + AtomicFile.Suffix, SearchOption.AllDirectories).ToArray())
            File.Delete(leftover);
        var kind = Catalog.NameOf(typeof(TArtifact), typeof(Artifact));
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(partial, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(partial, path).Replace(Path.DirectorySeparatorChar, '/');
            if (name != ManifestFile && name[0] != '.')
                files[name] = DigestOf(path);
        }

        var manifest = new Manifest(kind, DigestOf(kind, files), files, lineage);
        AtomicFile.WriteText(Path.Combine(partial, ManifestFile), vocabulary.Write(manifest));
        Finish(partial, final);
        return (TArtifact)Make(typeof(TArtifact), final, manifest);
    }

    /// <summary>Finishes what was killed between the manifest and the rename. Anything else is left as it is.</summary>
    /// <returns>The artifact, or <see langword="null"/> where <paramref name="partial"/> holds no whole artifact of that key.</returns>
    internal static Artifact? FinishSealed(string partial, string final, string key, Vocabulary vocabulary)
    {
        if (!File.Exists(Path.Combine(partial, ManifestFile)))
            return null;
        try
        {
            if (Open(partial, vocabulary).Lineage is not [.., var last] || last.Key != key)
                return null;
        }
        catch (StageException)
        {
            // not whole: the stage runs again and seals again
            return null;
        }

        Finish(partial, final);
        return Open(final, vocabulary);
    }

    private static void Finish(string partial, string final)
    {
        foreach (var entry in Directory.EnumerateFileSystemEntries(partial, ".*").ToArray())
        {
            if (Directory.Exists(entry))
                Directory.Delete(entry, recursive: true);
            else
                File.Delete(entry);
        }

        if (Directory.Exists(final))
            Directory.Delete(final, recursive: true);
        Directory.Move(partial, final);
    }

    /// <summary>The kind of an artifact, read from its manifest without a check of its files.</summary>
    /// <exception cref="StageException">Not an artifact, or of an unknown kind.</exception>
    public static Type KindOf(string folder, Vocabulary vocabulary) => ReadManifest(folder, vocabulary).Type;

    /// <summary>Opens an artifact of any kind.</summary>
    /// <exception cref="StageException">Not an artifact, of an unknown kind, or a file is missing or changed.</exception>
    public static Artifact Open(string folder, Vocabulary vocabulary)
    {
        var (manifest, type) = ReadManifest(folder, vocabulary);
        var path = Path.Combine(folder, ManifestFile);
        foreach (var (name, digest) in manifest.Files)
        {
            var file = Inside(folder, name, path);
            if (!File.Exists(file))
                throw new StageException($"{folder}: {name} is missing. Run the stage again, or restore the file.");
            if (ReadDigest(file) != digest)
                throw new StageException($"{folder}: {name} does not have the digest that {ManifestFile} records (changed or damaged). Run the stage again, or restore the file.");
        }

        if (DigestOf(manifest.Kind, manifest.Files) != manifest.Digest)
            throw new StageException($"{path}: its digest does not match its list of files (edited by hand?). Run the stage again.");
        return Make(type, folder, manifest);
    }

    /// <summary>Opens an artifact of one kind.</summary>
    /// <exception cref="StageException">As <see cref="Open(string, Vocabulary)"/>, or of another kind.</exception>
    public static TArtifact Open<TArtifact>(string folder, Vocabulary vocabulary)
        where TArtifact : class =>
        Open(folder, vocabulary) as TArtifact
        ?? throw new StageException($"{folder}: is a {Catalog.Kebab(Open(folder, vocabulary).GetType().Name)}, but a {Catalog.Kebab(typeof(TArtifact).Name)} is needed here.");

    /// <summary>SHA-256 of a file, in lower-case hex.</summary>
    public static string DigestOf(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    // a manifest from elsewhere must not lead out of its folder, by its names or by links
    private static string Inside(string folder, string name, string manifest)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (name.Contains('\0', StringComparison.Ordinal) || Path.GetFullPath(Path.Combine(root, name)) is var file && !file.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new StageException($"{manifest}: lists '{name.Replace('\0', '?')}', which lies outside of the artifact. Take the artifact from where it was made again.");
        for (var at = file; at.Length > root.Length; at = Path.GetDirectoryName(at)!)
        {
            if (new FileInfo(at).LinkTarget is { } target)
                throw new StageException($"{folder}: {Path.GetRelativePath(root, at)} is a link to '{target}'. Put the file itself there.");
        }

        return file;
    }

    private static string ReadDigest(string file)
    {
        try
        {
            return DigestOf(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{file}: could not be read ({problem.Message}).", problem);
        }
    }

    private static (Manifest Manifest, Type Type) ReadManifest(string folder, Vocabulary vocabulary)
    {
        var path = Path.Combine(folder, ManifestFile);
        if (!File.Exists(path))
            throw new StageException($"{folder}: is not an artifact (it has no {ManifestFile}). Give the folder that a stage wrote.");
        var manifest = vocabulary.Read<Manifest>(TextFile.Read(path), path);
        if (manifest.Lineage.Any(step => step is null))
            throw new StageException($"{path}: its lineage has a step that is null. Run the stage again.");
        return vocabulary.Catalog(typeof(Artifact)).TryGetValue(manifest.Kind, out var type) && type != typeof(Nothing)
            ? (manifest, type)
            : throw new StageException($"{path}: kind '{manifest.Kind}' is unknown; known are {string.Join(", ", vocabulary.Catalog(typeof(Artifact)).Keys.Order())}.");
    }

    private static string DigestOf(string kind, SortedDictionary<string, string> files)
    {
        var text = new StringBuilder(kind).Append('\n');
        foreach (var (name, digest) in files)
            text.Append(name).Append(' ').Append(digest).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static Artifact Make(Type type, string folder, Manifest manifest)
    {
        var artifact = (Artifact)Activator.CreateInstance(type, folder)!;
        type.GetProperty(nameof(Artifact.Digest))!.SetValue(artifact, manifest.Digest);
        type.GetProperty(nameof(Artifact.Lineage))!.SetValue(artifact, manifest.Lineage);
        return artifact;
    }
}
