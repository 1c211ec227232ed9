namespace Niwaki.Cli.Tests;

public sealed class RecipeFileTests
{
    private static string Recipes()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Niwaki.slnx")))
            folder = folder.Parent!;
        return Path.Combine(folder.FullName, "recipes");
    }

    public static TheoryData<string> Files => [.. Directory.GetFiles(Recipes(), "*.json").Where(file => !file.EndsWith(".schema.json", StringComparison.Ordinal)).Select(file => Path.GetFileName(file)!)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_recipe_parses_and_validates(string file) => Assert.NotEmpty(Recipe.Load(Path.Combine(Recipes(), file), Session.AllWords).Steps);
}
