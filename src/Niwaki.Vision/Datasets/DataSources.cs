namespace Niwaki.Vision;

/// <summary>Finds the dataset that a short text means.</summary>
public static class DataSources
{
    /// <summary>What <c>--data</c> means: a folder of any known layout, a JSON file or JSON text of a data source, or the name of one that needs no options.</summary>
    /// <param name="text">Such as <c>field/flood</c>, <c>data.json</c> or <c>synthetic</c>.</param>
    /// <param name="vocabulary">The known data sources.</param>
    /// <exception cref="StageException">None of these.</exception>
    public static DataSource Detect(string text, Vocabulary vocabulary)
    {
        if (text.TrimStart().StartsWith('{'))
            return vocabulary.Read<DataSource>(text, "--data");
        if (Directory.Exists(text))
            return OfFolder(text);
        if (File.Exists(text) && DatasetFiles.IsPicture(text))
            throw new StageException($"{text}: is a picture. Give the folder that it lies in.");
        if (File.Exists(text))
            return vocabulary.Read<DataSource>(File.ReadAllText(text), text);
        var known = vocabulary.Catalog(typeof(DataSource));
        return known.ContainsKey(text)
            ? vocabulary.Read<DataSource>($$"""{"kind": "{{text}}"}""", text)
            : throw new StageException($"'{text}' is neither a folder, nor a JSON file, nor a known dataset ({string.Join(", ", known.Keys.Order())}).");
    }

    /// <summary>The dataset in a folder, by its layout.</summary>
    /// <exception cref="StageException">No known layout.</exception>
    public static DataSource OfFolder(string root)
    {
        if (Directory.Exists(Path.Combine(root, "IMG")) && Directory.Exists(Path.Combine(root, "GT")))
            return new LpcvDataSource(root);
        if (Directory.Exists(Path.Combine(root, "train", "images")) || File.Exists(Path.Combine(root, FolderDataSource.ClassesFile)))
            return new FolderDataSource(root);
        return DatasetFiles.Unpaired(root).Count > 0
            ? new UnlabelledDataSource(root)
            : throw new StageException($"{root}: no dataset layout that is known. Needed is train/images, train/masks, val/images, val/masks and classes.json; or IMG/train, IMG/val, GT/train, GT/val (LPCV 2023); or pictures without masks (jpg, png, webp, bmp or gif).{(Directory.EnumerateFileSystemEntries(root).Any() ? string.Empty : " The folder is empty.")}");
    }
}
