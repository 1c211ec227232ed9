using System.Security.Cryptography;

namespace Niwaki;

/// <summary>An unpacked bundle whose files were checked.</summary>
/// <param name="Folder">Where its files are.</param>
/// <param name="Manifest">What it says of itself.</param>
/// <param name="Digest">SHA-256 of the manifest's bytes, and with it of everything, in lower-case hex.</param>
/// <param name="Trust">What is known of who made it.</param>
public sealed record Bundle(string Folder, BundleManifest Manifest, string Digest, BundleTrust Trust)
{
    /// <summary>The full path of one of its files.</summary>
    public string PathOf(string file) => Path.Combine(Folder, file);

    /// <summary>Opens an unpacked bundle: its signature where a key is given, and the size and SHA-256 of every file.</summary>
    /// <param name="folder">Where it was unpacked.</param>
    /// <param name="key">The public key of who may make bundles.</param>
    /// <param name="limits">How large it may be.</param>
    /// <exception cref="StageException">No bundle, a file is missing, changed, over or a link, or the signature is missing or wrong.</exception>
    public static Bundle Open(string folder, BundleKey? key = null, BundleLimits? limits = null)
    {
        limits ??= new BundleLimits();
        var path = Path.Combine(folder, BundleManifest.FileName);
        if (!File.Exists(path))
            throw new StageException($"{folder}: is no bundle (it has no {BundleManifest.FileName}). Give the folder that a bundle was unpacked into.");
        try
        {
            var json = ReadSmall(path, limits.Manifest);
            var signature = Path.Combine(folder, BundleManifest.SignatureFile);
            var trust = BundleSignature.Check(json, File.Exists(signature) ? ReadSmall(signature, BundleSignature.MaxBytes) : null, key, path);
            var manifest = BundleManifest.Parse(json, path);
            CheckFiles(folder, manifest);
            return new Bundle(folder, manifest, Convert.ToHexStringLower(SHA256.HashData(json)), trust);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{folder}: could not be read ({problem.Message}).", problem);
        }
    }

    private static void CheckFiles(string folder, BundleManifest manifest)
    {
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(folder, file.Name);
            var info = new FileInfo(path);
            if (!info.Exists)
                throw new StageException($"{folder}: {file.Name} is missing. Install the bundle again.");
            if (LinkIn(folder, file.Name) is { } link)
                throw new StageException($"{folder}: {link} is a link. A bundle holds files alone: install it again.");
            if (info.Length != file.Size || ArtifactStore.DigestOf(path) != file.Sha256)
                throw new StageException($"{folder}: {file.Name} is not what {BundleManifest.FileName} lists (changed or damaged). Install the bundle again.");
        }

        var known = manifest.Files.Select(file => file.Name).Append(BundleManifest.FileName).Append(BundleManifest.SignatureFile).ToHashSet(StringComparer.Ordinal);
        if (Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/')).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new StageException($"{folder}: holds {BundleManifest.Printable(unknown)}, which {BundleManifest.FileName} does not list. Take it away, or install the bundle again.");
    }

    private static string? LinkIn(string folder, string name) =>
        BundlePath.Parents(name).Append(name).FirstOrDefault(part => new FileInfo(Path.Combine(folder, part)).LinkTarget is not null);

    private static byte[] ReadSmall(string path, Bytes most)
    {
        using var stream = File.OpenRead(path);
        return stream.Length <= most.Value && new FileInfo(path).LinkTarget is null
            ? File.ReadAllBytes(path)
            : throw new StageException($"{path}: is a link or has more than {most}, which no such file needs. Install the bundle again.");
    }
}
