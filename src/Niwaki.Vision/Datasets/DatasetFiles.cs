namespace Niwaki.Vision;

/// <summary>Finds the files of a dataset and pairs images with masks.</summary>
internal static class DatasetFiles
{
    private const int Named = 5;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif"];

    public static string RequireFolder(string folder) =>
        Directory.Exists(folder) ? folder : throw new StageException($"{folder}: does not exist. Check the path; a dataset folder holds train/images, train/masks, val/images and val/masks.");

    /// <summary>Whether a file has the name of a picture.</summary>
    public static bool IsPicture(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    /// <summary>Images and masks by their names up to the extension, in order.</summary>
    public static IReadOnlyList<DatasetPicture> Pair(string images, string masks)
    {
        var (left, right) = (ByStem(images), ByStem(masks));
        if (left.Count == 0)
            throw new StageException($"{images}: holds no picture. Put the pictures of this split there, or choose another folder.");
        Report($"{images}: no mask in {masks} for", left.Keys.Where(stem => !right.ContainsKey(stem)), "Add the masks, or take the images out.");
        Report($"{masks}: no image in {images} for", right.Keys.Where(stem => !left.ContainsKey(stem)), "Add the images, or take the masks out.");
        return [.. left.Select(pair => new DatasetPicture(pair.Key, pair.Value, right[pair.Key]))];
    }

    /// <summary>All pictures in a folder and below, in order.</summary>
    public static IReadOnlyList<DatasetPicture> Unpaired(string folder) =>
        [.. Files(folder, SearchOption.AllDirectories).Where(IsPicture)
            .Select(path => new DatasetPicture(Path.GetRelativePath(folder, path), path, null))];

    /// <summary>At most so many, evenly spread.</summary>
    public static IReadOnlyList<DatasetPicture> Take(IReadOnlyList<DatasetPicture> pictures, int? limit)
    {
        if (limit is < 1)
            throw new StageException($"data: limit is {limit}, but a number from 1 up is needed.");
        return limit is { } most && most < pictures.Count ? [.. Enumerable.Range(0, most).Select(i => pictures[(int)((long)i * pictures.Count / most)])] : pictures;
    }

    public static IEnumerable<string> Files(string folder, SearchOption depth) =>
        Directory.EnumerateFiles(RequireFolder(folder), "*", depth).Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal);

    /// <summary>Throws where there is anything to report: the first few by name, the rest as a number.</summary>
    public static void Report(string what, IEnumerable<string> items, string remedy)
    {
        var all = items.ToArray();
        if (all.Length > 0)
            throw new StageException($"{what} {string.Join(", ", all.Take(Named))}{(all.Length > Named ? $" and {all.Length - Named} more" : string.Empty)}. {remedy}");
    }

    private static SortedDictionary<string, string> ByStem(string folder)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Files(folder, SearchOption.TopDirectoryOnly))
        {
            var stem = Path.GetFileNameWithoutExtension(path);
            if (!found.TryAdd(stem, path))
                throw new StageException($"{folder}: {Path.GetFileName(found[stem])} and {Path.GetFileName(path)} have the same name up to the extension. Rename one, with its mask.");
        }

        return found;
    }
}
