namespace Niwaki.Cli.Tests;

/// <summary>Files of the working tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(string file) => Path.Combine(Root, file);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Niwaki.slnx")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No Niwaki.slnx lies above {AppContext.BaseDirectory}.");
    }
}
