using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>A picture, or the pictures of a folder in the order of their names.</summary>
internal sealed class PictureFiles(string path, TimeProvider time) : FrameSource
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    /// <inheritdoc/>
    public override string Name => path;

    /// <inheritdoc/>
    public override bool IsLive => false;

    /// <summary>Whether a file of a folder is taken for a picture; a name that begins with a dot is being written.</summary>
    public static bool IsPicture(string file) =>
        Path.GetFileName(file) is { } name && name[0] != '.' && Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Frame> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        var files = Files();
        // a.jpg and a.png would both be written as a.png
        var shared = files.GroupBy(Path.GetFileNameWithoutExtension, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var file in files)
        {
            cancel.ThrowIfCancellationRequested();
            var name = Path.GetFileNameWithoutExtension(file);
            yield return new Frame(shared.Contains(name) ? Path.GetFileName(file) : name, time.GetUtcNow(), network => ImageCodec.DecodeFor(ImageCodec.ReadFile(file), file, network));
        }
    }

    private string[] Files()
    {
        if (File.Exists(path))
            return [path];
        var files = Directory.EnumerateFiles(path).Where(IsPicture).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw new StageException($"{path}: holds no pictures ({string.Join(", ", Extensions)}). Give a folder with pictures in it, or watch:{path} to wait for them.");
    }
}
