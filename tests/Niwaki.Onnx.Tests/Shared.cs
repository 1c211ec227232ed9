namespace Niwaki.Onnx.Tests;

/// <summary>Material beside the repository, which tests skip visibly where it is missing.</summary>
internal static class Shared
{
    public static string Model(string path)
    {
        var root = Environment.GetEnvironmentVariable("NIWAKI_MODELS") ?? Resolve();
        var file = root is null ? null : Path.Combine(root, path);
        Assert.SkipUnless(File.Exists(file), $"models/{path} was not found; set NIWAKI_MODELS.");
        return file!;
    }

    private static string? Resolve()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "models");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
