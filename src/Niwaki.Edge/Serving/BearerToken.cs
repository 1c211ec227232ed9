using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Edge;

/// <summary>A secret that requests have to bring. It is compared in a time that tells nothing of it, not even its length.</summary>
internal sealed class BearerToken
{
    private const int LeastLength = 16;
    private const string Scheme = "Bearer ";
    private readonly byte[] hash;

    public BearerToken(string secret, string where)
    {
        var text = secret.Trim();
        if (text.Length < LeastLength || text.Any(letter => letter is <= ' ' or > '~'))
            throw new StageException($"{where}: the token has to have at least {LeastLength} printable letters without spaces. 'openssl rand -hex 32' makes a good one.");
        hash = Hash(text);
    }

    /// <summary>Whether a header is <c>Bearer</c> and the secret.</summary>
    public bool Admits(string? header) =>
        header is not null && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Hash(header[Scheme.Length..].Trim()), hash);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
