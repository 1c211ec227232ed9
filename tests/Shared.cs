namespace Niwaki;

/// <summary>Reference material beside the repository, which tests skip visibly where it is missing.</summary>
internal static class Shared
{
    public static string Golden(string @case) => Folder("NIWAKI_GOLDEN", "golden", @case);

    public static string Data(string set) => Folder("NIWAKI_DATA", "data", set);

    private static string Folder(string variable, string name, string inside)
    {
        var root = Environment.GetEnvironmentVariable(variable) ?? Resolve(name);
        if (root is not null && Directory.Exists(Path.Combine(root, inside)))
            return Path.Combine(root, inside);
        Assert.Skip($"{name}/{inside} was not found; set {variable}.");
        return string.Empty;
    }

    private static string? Resolve(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", name);
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
