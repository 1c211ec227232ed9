namespace Niwaki.Edge;

/// <summary>A folder of results, each whole or not there.</summary>
/// <param name="folder">Made when the first result comes.</param>
/// <param name="extension">Of the files.</param>
/// <param name="keep">How many names are used, again and again, so that a stream cannot fill the disk.</param>
internal sealed class PictureFolder(string folder, string extension, int? keep)
{
    public void Write(FrameResult result, byte[] bytes)
    {
        var name = keep is { } most ? $"{result.Number % most:00000000}" : string.Concat(result.Frame.Name.Select(letter => letter is '/' or '\\' or '\0' ? '_' : letter));
        AtomicFile.WriteBytes(Path.Combine(folder, name + extension), bytes);
    }
}
