using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Niwaki;

/// <summary>What the hub says a file is, before a byte of it came.</summary>
/// <param name="Etag">Names the content: its SHA-256, or git's SHA-1 for small files.</param>
/// <param name="Size">Bytes, where it is told.</param>
internal sealed record HubContent(string Etag, long? Size)
{
    private const int Sha256Digits = 64;
    private const int Sha1Digits = 40;

    /// <summary>Whether the name is a digest that can be checked.</summary>
    public bool IsDigest => Etag.Length is Sha256Digits or Sha1Digits && Etag.All(char.IsAsciiHexDigit);

    /// <summary>Whether these are the bytes; true where nothing can be checked.</summary>
    public bool Matches(Stream content)
    {
        if (!IsDigest)
            return true;
        content.Position = 0;
        var digest = Etag.Length == Sha256Digits ? SHA256.HashData(content) : Git(content);
        return Convert.ToHexStringLower(digest).Equals(Etag, StringComparison.OrdinalIgnoreCase);
    }

    [SuppressMessage("Security", "CA5350", Justification = "git names its blobs by SHA-1; nothing else is told of small files")]
    private static byte[] Git(Stream content)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        sha.AppendData(Encoding.ASCII.GetBytes($"blob {content.Length}\0"));
        var chunk = new byte[1 << 16];
        for (var count = 0; (count = content.Read(chunk)) > 0;)
            sha.AppendData(chunk, 0, count);
        return sha.GetHashAndReset();
    }
}
