using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Vision;

/// <summary>A digest over what decides which pictures a dataset gives: options, classes, and names, sizes and times of its files.</summary>
internal sealed class DatasetDigest
{
    private readonly StringBuilder text = new();
    private readonly string root;

    public DatasetDigest(string kind, string root, int? limit, IReadOnlyList<ClassInfo> classes)
    {
        this.root = root;
        text.Append(kind).Append(' ').Append(limit).Append('\n');
        foreach (var item in classes)
            text.Append(item.Name).Append(' ').Append(item.Color).Append('\n');
    }

    public DatasetDigest AddFolder(string folder)
    {
        foreach (var path in DatasetFiles.Files(folder, SearchOption.AllDirectories))
        {
            var file = new FileInfo(path);
            text.Append(Path.GetRelativePath(root, path)).Append(' ').Append(file.Length).Append(' ').Append(file.LastWriteTimeUtc.Ticks).Append('\n');
        }

        return this;
    }

    public string Hex() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
}
