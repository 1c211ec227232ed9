using System.Security.Cryptography;

namespace Niwaki;

/// <summary>A key for bundles: ECDSA on the curve P-256, from a PEM file. A private one signs; both check.</summary>
/// <remarks>
/// <c>openssl ecparam -name prime256v1 -genkey -noout -out key.pem</c> makes one and
/// <c>openssl ec -in key.pem -pubout -out public.pem</c> its public half.
/// </remarks>
public sealed class BundleKey : IDisposable
{
    private const int MaxBytes = 64 << 10;
    private const string CurveOid = "1.2.840.10045.3.1.7";

    private readonly ECDsa key;

    private BundleKey(ECDsa key, string pem, string source)
    {
        (this.key, Source) = (key, source);
        IsPrivate = pem.Contains("PRIVATE KEY", StringComparison.Ordinal);
    }

    /// <summary>The file that it was read from.</summary>
    public string Source { get; }

    /// <summary>Whether it can sign.</summary>
    public bool IsPrivate { get; }

    /// <summary>The public half as PEM.</summary>
    public string PublicPem => key.ExportSubjectPublicKeyInfoPem() + "\n";

    /// <summary>Reads a PEM file.</summary>
    /// <exception cref="StageException">Missing, no PEM, with a password, or of another kind.</exception>
    public static BundleKey Read(string path)
    {
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such key. 'openssl ecparam -name prime256v1 -genkey -noout -out key.pem' makes one.");
        string pem;
        try
        {
            pem = new FileInfo(path).Length <= MaxBytes ? File.ReadAllText(path) : throw new StageException($"{path}: has more than {new Bytes(MaxBytes)}, which no key needs. Give a PEM file.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }

        return Parse(pem, path);
    }

    /// <summary>Reads PEM text.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="source">Names it in an error.</param>
    /// <exception cref="StageException">As <see cref="Read"/>.</exception>
    public static BundleKey Parse(string pem, string source)
    {
        if (pem.Contains("ENCRYPTED", StringComparison.Ordinal))
            throw new StageException($"{source}: the key has a password. Take it off in a safe place: openssl ec -in key.pem -out plain.pem");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value is var curve && curve != CurveOid)
                throw new StageException($"{source}: is a key on another curve ({curve ?? "unnamed"}), but P-256 is needed: openssl ecparam -name prime256v1 -genkey -noout -out key.pem");
            return new BundleKey(key, pem, source);
        }
        catch (Exception problem) when (problem is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new StageException($"{source}: holds no key for ECDSA in PEM ({problem.Message}). 'openssl ecparam -name prime256v1 -genkey -noout -out key.pem' makes one.", problem);
        }
        catch (StageException)
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Signs with SHA-256; DER. The same key and data give the same signature (RFC 6979), so that bundles are reproducible.</summary>
    /// <exception cref="StageException">The key is a public one.</exception>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        if (!IsPrivate)
            throw new StageException($"{Source}: is a public key, which cannot sign. Give the private one.");
        var parameters = key.ExportParameters(includePrivateParameters: true);
        try
        {
            var signature = DeterministicEcdsa.Sign(parameters.D!, SHA256.HashData(data));
            return Verifies(data, signature) ? signature : throw new InvalidOperationException("A signature that was just made does not verify.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    /// <summary>Whether a signature belongs to the data and to this key.</summary>
    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        try
        {
            return key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
