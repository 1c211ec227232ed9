using System.IO.Compression;
using System.Security.Cryptography;

namespace Niwaki;

/// <summary>
/// Bundles as files: a tar archive in gzip. First comes the manifest, then the signature where there is one, then the files that the
/// manifest lists, in its order; so who reads it knows what may come before it comes.
/// </summary>
public static class BundleArchive
{
    private const int EndBlocks = 2;

    /// <summary>Writes a bundle, whole or not at all; the same inputs give the same bytes.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="manifest">Without its files, which are listed here.</param>
    /// <param name="contents">The files.</param>
    /// <param name="key">A private key; without one the bundle is unsigned.</param>
    /// <returns>The manifest as it was written.</returns>
    /// <exception cref="StageException">The disk is full, the key cannot sign, or the manifest contradicts its files.</exception>
    public static BundleManifest Pack(string path, BundleManifest manifest, IEnumerable<BundleContent> contents, BundleKey? key = null)
    {
        var all = contents.OrderBy(content => content.Name, StringComparer.Ordinal).ToList();
        var sums = string.Concat(all.Select(content => $"{Listed(content).Sha256}  {content.Name}\n"));
        all.Add(BundleContent.OfText(BundleManifest.ChecksumFile, sums));
        all.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        var full = manifest with { Files = new ValueList<BundleFile>(all.Select(Listed)) };
        full.Validate(path);
        var json = full.ToBytes();
        var signature = key?.Sign(json);
        AtomicFile.Write(path, stream =>
        {
            using var gzip = new GZipStream(stream, CompressionLevel.SmallestSize, leaveOpen: true);
            Append(gzip, BundleContent.OfBytes(BundleManifest.FileName, json), json.Length);
            if (signature is not null)
                Append(gzip, BundleContent.OfBytes(BundleManifest.SignatureFile, signature), signature.Length);
            foreach (var (content, file) in all.Zip(full.Files))
                Append(gzip, content, file.Size);
            gzip.Write(new byte[EndBlocks * UstarHeader.BlockSize]);
        });
        return full;
    }

    /// <summary>Reads the manifest of an archive and nothing else.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="key">The public key of who may make bundles.</param>
    /// <param name="limits">How large it may be.</param>
    /// <exception cref="StageException">No bundle, or the signature is missing or wrong.</exception>
    public static BundleManifest ReadManifest(string path, BundleKey? key = null, BundleLimits? limits = null) =>
        Reading(path, limits, reader => BundleManifest.Parse(reader.ReadManifest(key).Json, path));

    /// <summary>One small file of an archive, checked against its checksum; nothing is written.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="file">The file's name in the manifest.</param>
    /// <param name="key">The public key of who may make bundles.</param>
    /// <param name="limits">How large it may be.</param>
    /// <exception cref="StageException">No bundle, without such a file, damaged, or the signature is missing or wrong.</exception>
    public static byte[] ReadFile(string path, string file, BundleKey? key = null, BundleLimits? limits = null) =>
        Reading(path, limits, reader =>
        {
            var manifest = BundleManifest.Parse(reader.ReadManifest(key).Json, path);
            using var kept = new MemoryStream();
            var found = false;
            reader.ReadFiles(manifest, listed => (found |= listed.Name == file) && listed.Name == file ? kept : Stream.Null, _ => { });
            return found ? kept.ToArray() : throw new StageException($"{path}: has no {file}. It holds {string.Join(", ", manifest.Files.Select(listed => listed.Name))}.");
        });

    /// <summary>Unpacks into a new folder. Nothing is written before the signature is known to be good, and nothing that the manifest does not list.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="folder">A folder that does not exist or is empty.</param>
    /// <param name="key">The public key of who may make bundles; without it any bundle is taken.</param>
    /// <param name="limits">How large it may be.</param>
    /// <param name="cancel">Asks to stop; what is there then is not whole.</param>
    /// <exception cref="StageException">Not a whole bundle, hostile, too large, the signature is missing or wrong, or the disk is full. What was written so far is taken away.</exception>
    public static Bundle Unpack(string path, string folder, BundleKey? key = null, BundleLimits? limits = null, CancellationToken cancel = default)
    {
        try
        {
            Directory.CreateDirectory(folder);
            if (Directory.EnumerateFileSystemEntries(folder).Any())
                throw new StageException($"{folder}: is not empty. Unpack into a new folder.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{folder}: cannot be used as a folder ({problem.Message}). Choose another one.", problem);
        }

        try
        {
            return Reading(path, limits, reader => Unpack(reader, path, folder, key, cancel));
        }
        catch
        {
            TakeAway(folder);
            throw;
        }
    }

    private static Bundle Unpack(BundleReader reader, string path, string folder, BundleKey? key, CancellationToken cancel)
    {
        var (json, signature, trust) = reader.ReadManifest(key);
        var manifest = BundleManifest.Parse(json, path);
        reader.CheckSizes(manifest);
        WriteNew(Path.Combine(folder, BundleManifest.FileName), executable: false, stream => stream.Write(json));
        if (signature is not null)
            WriteNew(Path.Combine(folder, BundleManifest.SignatureFile), executable: false, stream => stream.Write(signature));
        FileStream? open = null;
        try
        {
            reader.ReadFiles(
                manifest,
                file =>
                {
                    cancel.ThrowIfCancellationRequested();
                    var target = Path.Combine(folder, file.Name);
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    return open = New(target, file.Executable);
                },
                _ =>
                {
                    open!.Flush(flushToDisk: true);
                    open.Dispose();
                });
        }
        finally
        {
            open?.Dispose();
        }

        return new Bundle(folder, manifest, Convert.ToHexStringLower(SHA256.HashData(json)), trust);
    }

    private static T Reading<T>(string path, BundleLimits? limits, Func<BundleReader, T> read)
    {
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such bundle. Give the file that 'niwaki bundle' wrote.");
        try
        {
            using var reader = new BundleReader(path, limits ?? new BundleLimits());
            return read(reader);
        }
        catch (InvalidDataException problem)
        {
            throw new StageException($"{path}: is not a whole bundle ({problem.Message.TrimEnd('.')}). It is cut, damaged or another file: copy it again.", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be unpacked ({problem.Message}). Free space or check who may read and write there.", problem);
        }
    }

    private static BundleFile Listed(BundleContent content)
    {
        using var stream = content.Open();
        var hash = SHA256.HashData(stream);
        return new BundleFile(content.Name, stream.Length, Convert.ToHexStringLower(hash), content.Executable);
    }

    private static void Append(Stream archive, BundleContent content, long size)
    {
        archive.Write(new UstarHeader(content.Name, size, content.Executable).ToBytes());
        using var stream = content.Open();
        stream.CopyTo(archive);
        if (stream.Position != size)
            throw new StageException($"{content.Name}: changed while the bundle was written. Run the same command again.");
        archive.Write(new byte[(int)(-size & (UstarHeader.BlockSize - 1))]);
    }

    private static void WriteNew(string path, bool executable, Action<FileStream> fill)
    {
        using var stream = New(path, executable);
        fill(stream);
        stream.Flush(flushToDisk: true);
    }

    // never through something that is already there
    private static FileStream New(string path, bool executable)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead | (executable ? UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : 0);
        return new FileStream(path, options);
    }

    private static void TakeAway(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // the first problem is the one to tell
        }
    }
}
