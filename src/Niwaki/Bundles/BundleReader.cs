using System.IO.Compression;
using System.Security.Cryptography;

namespace Niwaki;

/// <summary>Reads an archive from front to back and believes nothing of it.</summary>
internal sealed class BundleReader : IDisposable
{
    // what a small archive may unpack to whatever its ratio
    private const long RatioFree = 4 << 20;
    private const int MostPadding = 64 << 10;

    private readonly string path;
    private readonly BundleLimits limits;
    private readonly FileStream file;
    private readonly GZipStream stream;
    private readonly byte[] block = new byte[UstarHeader.BlockSize];
    private readonly byte[] buffer = new byte[1 << 16];
    private long unpacked;
    private UstarHeader? ahead;
    private bool ended;

    public BundleReader(string path, BundleLimits limits)
    {
        (this.path, this.limits) = (path, limits);
        file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 14);
        stream = new GZipStream(file, CompressionMode.Decompress);
    }

    /// <summary>The manifest's bytes, the signature's, and whether they may be believed.</summary>
    public (byte[] Json, byte[]? Signature, BundleTrust Trust) ReadManifest(BundleKey? key)
    {
        if (Next() is not { Name: BundleManifest.FileName } first)
            throw new StageException($"{path}: does not begin with {BundleManifest.FileName}, so it is not from 'niwaki bundle'. Give the file that it wrote.");
        var json = ReadWhole(first, limits.Manifest);
        byte[]? signature = null;
        if (Next() is { } second)
        {
            if (second.Name == BundleManifest.SignatureFile)
                signature = ReadWhole(second, BundleSignature.MaxBytes);
            else
                ahead = second;
        }

        return (json, signature, BundleSignature.Check(json, signature, key, path));
    }

    /// <summary>Refuses what would unpack to too much, before any of it is unpacked.</summary>
    public void CheckSizes(BundleManifest manifest)
    {
        if (manifest.Files.Count > limits.Entries)
            throw TooLarge($"lists {manifest.Files.Count} files", $"{limits.Entries}");
        if (manifest.Files.FirstOrDefault(listed => listed.Size > limits.Entry.Value) is { } large)
            throw TooLarge($"lists {large.Name} with {new Bytes(large.Size)}", limits.Entry.ToString());
        // each is below the limit of one, so the sum cannot overflow
        if (manifest.Files.Sum(listed => listed.Size) is var total && total > limits.Total.Value)
            throw TooLarge($"unpacks to {new Bytes(total)}", limits.Total.ToString());
    }

    /// <summary>Reads every file that the manifest lists, in its order, and checks each against its checksum.</summary>
    /// <param name="manifest">What has to come.</param>
    /// <param name="open">Where a file's bytes go.</param>
    /// <param name="whole">Hears of each file whose checksum is right.</param>
    public void ReadFiles(BundleManifest manifest, Func<BundleFile, Stream> open, Action<BundleFile> whole)
    {
        CheckSizes(manifest);
        foreach (var listed in manifest.Files)
        {
            var header = Next() ?? throw new StageException($"{path}: ends before {listed.Name}. It is cut: copy it again.");
            if (header.Name != listed.Name || header.Size != listed.Size)
                throw new StageException($"{path}: holds {header.Name} with {header.Size} bytes where {BundleManifest.FileName} lists {listed.Name} with {listed.Size}. It was changed: do not use it.");
            var target = open(listed);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Copy(header, chunk =>
            {
                hash.AppendData(chunk);
                target.Write(chunk);
            });
            if (Convert.ToHexStringLower(hash.GetHashAndReset()) != listed.Sha256)
                throw new StageException($"{path}: {listed.Name} does not have the SHA-256 that {BundleManifest.FileName} lists. It was changed or damaged: copy the bundle again.");
            whole(listed);
        }

        if (Next() is { } more)
            throw new StageException($"{path}: holds {more.Name}, which {BundleManifest.FileName} does not list. It was changed: do not use it.");
        var padding = 0;
        for (int count; (count = Read(buffer)) > 0; padding += count)
        {
            if (padding > MostPadding || buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
                throw new StageException($"{path}: goes on after its end. It was changed: do not use it.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stream.Dispose();
        file.Dispose();
    }

    // the next file's header, null at the end
    private UstarHeader? Next()
    {
        if (ahead is { } known)
        {
            ahead = null;
            return known;
        }

        if (ended)
            return null;
        Fill(block);
        if (block.AsSpan().ContainsAnyExcept((byte)0))
            return UstarHeader.Read(block, path);
        Fill(block);
        ended = true;
        return block.AsSpan().ContainsAnyExcept((byte)0) ? throw new StageException($"{path}: goes on after its end. It was changed: do not use it.") : null;
    }

    private byte[] ReadWhole(UstarHeader header, Bytes most)
    {
        if (header.Size > most.Value)
            throw TooLarge($"has a {header.Name} of {new Bytes(header.Size)}", most.ToString());
        using var bytes = new MemoryStream();
        Copy(header, bytes.Write);
        return bytes.ToArray();
    }

    private void Copy(UstarHeader header, ReadOnlySpanAction take)
    {
        for (var left = header.Size; left > 0;)
        {
            var chunk = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            Fill(chunk);
            take(chunk);
            left -= chunk.Length;
        }

        var rest = block.AsSpan(0, (int)(-header.Size & (UstarHeader.BlockSize - 1)));
        Fill(rest);
        if (rest.ContainsAnyExcept((byte)0))
            throw new StageException($"{path}: hides bytes after {header.Name}. It was changed: do not use it.");
    }

    private void Fill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            var count = Read(target);
            if (count == 0)
                throw new StageException($"{path}: ends too early. It is cut: copy it again.");
            target = target[count..];
        }
    }

    private int Read(Span<byte> target)
    {
        var count = stream.Read(target);
        unpacked += count;
        if (unpacked > RatioFree && unpacked / limits.Ratio > file.Position)
            throw TooLarge($"unpacks to more than {limits.Ratio} times its size", $"{limits.Ratio} : 1");
        return count;
    }

    private StageException TooLarge(string what, string most) => new($"{path}: {what}; at most {most} is taken. It is not from 'niwaki bundle', or not for this program: do not use it.");

    private delegate void ReadOnlySpanAction(ReadOnlySpan<byte> chunk);
}
