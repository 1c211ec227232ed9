namespace Niwaki.Vision;

/// <summary>Reads and checks the list of classes of a folder.</summary>
internal static class DatasetClasses
{
    private const string Example = """[{"name": "background", "color": "#000000"}, {"name": "water", "color": "#2f6fde"}]""";

    private static Vocabulary Json { get; } = new();

    public static IReadOnlyList<ClassInfo> Of(string root, ValueList<ClassInfo>? legend)
    {
        if (legend is not null)
            return Check(legend, "legend");
        DatasetFiles.RequireFolder(root);
        var path = Path.Combine(root, FolderDataSource.ClassesFile);
        return File.Exists(path)
            ? Check(Read(path), path)
            : throw new StageException($"{path}: is missing. Write the classes there in the order of their pixel values, such as {Example}, or give them as \"legend\" in the recipe's data.");
    }

    private static ClassInfo[] Read(string path)
    {
        try
        {
            return Json.Read<ClassInfo[]>(File.ReadAllText(path), path);
        }
        catch (StageException problem)
        {
            throw new StageException($"{path}: is not a list of classes such as {Example} ({problem.Message[(path.Length + 2)..]})", problem);
        }
    }

    private static IReadOnlyList<ClassInfo> Check(IReadOnlyList<ClassInfo> classes, string where)
    {
        if (classes.Count is < 1 or > 255)
            throw new StageException($"{where}: lists {classes.Count} classes, but 1 to 255 are needed.");
        return ClassInfo.Checked(classes, where);
    }
}
