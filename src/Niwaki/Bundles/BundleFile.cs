namespace Niwaki;

/// <summary>One file of a bundle.</summary>
/// <param name="Name">Its path inside of the bundle, with '/'.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">SHA-256 in lower-case hex.</param>
/// <param name="Executable">Whether it is a program.</param>
public sealed record BundleFile(string Name, long Size, string Sha256, bool Executable = false);
