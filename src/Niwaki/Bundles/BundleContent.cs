namespace Niwaki;

/// <summary>One file that goes into a bundle.</summary>
/// <param name="Name">Its path inside of the bundle, with '/'.</param>
/// <param name="Open">Gives its bytes, from the start on, as often as it is asked.</param>
/// <param name="Executable">Whether it is a program.</param>
public sealed record BundleContent(string Name, Func<Stream> Open, bool Executable = false)
{
    /// <summary>A file on disk.</summary>
    public static BundleContent OfFile(string name, string path, bool executable = false) => new(name, () => File.OpenRead(path), executable);

    /// <summary>Bytes in memory.</summary>
    public static BundleContent OfBytes(string name, byte[] bytes, bool executable = false) => new(name, () => new MemoryStream(bytes, writable: false), executable);

    /// <summary>Text, UTF-8.</summary>
    public static BundleContent OfText(string name, string text, bool executable = false) => OfBytes(name, System.Text.Encoding.UTF8.GetBytes(text), executable);
}
