namespace Niwaki;

/// <summary>Whether a manifest may be believed.</summary>
internal static class BundleSignature
{
    /// <summary>A DER signature on P-256 has at most 72.</summary>
    public static Bytes MaxBytes => new(256);

    /// <summary>Checks a signature against a key.</summary>
    /// <param name="manifest">The manifest's bytes.</param>
    /// <param name="signature">What came with it; <see langword="null"/> where nothing did.</param>
    /// <param name="key">The key that is trusted; <see langword="null"/> where none was given.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">A key was given, and the bundle is unsigned or signed by another.</exception>
    public static BundleTrust Check(byte[] manifest, byte[]? signature, BundleKey? key, string where)
    {
        if (key is null)
            return signature is null ? BundleTrust.Unsigned : BundleTrust.Unchecked;
        if (signature is null)
            throw new StageException($"{where}: the bundle is not signed, but only bundles signed with the key of {key.Source} are taken. Make it with 'niwaki bundle --key'.");
        return key.Verifies(manifest, signature)
            ? BundleTrust.Verified
            : throw new StageException($"{where}: the signature does not belong to the key of {key.Source}: the bundle was changed, or signed with another key. Take it from where it was made, or give the public key of who made it.");
    }
}
