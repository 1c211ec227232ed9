using System.Text.RegularExpressions;

namespace Niwaki.Cli.Tests;

/// <summary>A Markdown page of this repository with its fenced blocks.</summary>
internal sealed partial record Page(string Path, string Text)
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    public static Page Read(string name) => new(System.IO.Path.Combine(Root, name), File.ReadAllText(System.IO.Path.Combine(Root, name)).ReplaceLineEndings("\n"));

    /// <summary>The fenced blocks of a language, in order.</summary>
    public IReadOnlyList<string> Fences(string language) => [.. Fence().Matches(Text).Where(match => match.Groups["language"].Value == language).Select(match => match.Groups["body"].Value)];

    /// <summary>The words of every niwaki command line in a shell block, without the program.</summary>
    public IReadOnlyList<string[]> CommandLines() =>
        [.. Fences("sh").SelectMany(fence => fence.Split('\n')).Select(Words).Where(words => words.Length > 0 && words[0] is "./niwaki" or "niwaki" || Array.IndexOf(words, "src/Niwaki.Cli") >= 0)
            .Select(words => words[0] == "dotnet" ? words[(Array.IndexOf(words, "--") + 1)..] : words[1..])];

    /// <summary>Where the page's links point to, those to the web left out.</summary>
    public IEnumerable<string> LocalLinks() => Link().Matches(Text).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal));

    // enough of a shell: spaces part words, single quotes hold them together, # begins a comment, > ends the command
    private static string[] Words(string line)
    {
        var words = Word().Matches(line).Select(match => match.Value).TakeWhile(word => word is not (">" or "#"));
        return [.. words.Select(word => word.Replace("'", string.Empty, StringComparison.Ordinal))];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Niwaki.slnx")))
            folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<body>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:'[^']*'|[^\s'])+")]
    private static partial Regex Word();
}
