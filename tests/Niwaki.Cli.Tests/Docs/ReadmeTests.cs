using System.CommandLine;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Niwaki.Cli.Tests;

public sealed partial class ReadmeTests : IDisposable
{
    private readonly CommandLine cli = new();

    public static TheoryData<string> Pages => ["README.md", "README.ja.md"];

    public void Dispose() => cli.Dispose();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_line_is_one_that_the_program_takes(string page)
    {
        var app = new App(new Session(new Spectre.Console.Testing.TestConsole(), new Spectre.Console.Testing.TestConsole(), Session.AllWords, TimeProvider.System, CancellationToken.None));
        var lines = Page.Read(page).CommandLines();
        Assert.True(lines.Count > 10, $"only {lines.Count} command lines were found");
        Assert.All(lines, words =>
        {
            var line = string.Join(' ', words);
            Assert.Equal((line, string.Empty), (line, string.Join("; ", app.Parse(words).Errors.Select(error => error.Message))));
            if (Session.AllWords.Catalog(typeof(Stage)).TryGetValue(words[0], out var type))
                Read(type, words).Validate();
        });
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_recipe_is_one_that_would_run(string page)
    {
        var recipes = Page.Read(page).Fences("json").Where(text => text.Contains("\"steps\"", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(recipes);
        Assert.All(recipes, text => Recipe.Parse(text, page, Session.AllWords).Validate(Session.AllWords));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void All_code_is_compiled(string page) => Assert.Equal(Compiled(), Page.Read(page).Fences("csharp").Select(WithoutComments));

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.ja.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("docs/summary.md")]
    public void Every_link_to_a_file_finds_it(string page) =>
        Assert.All(Page.Read(page).LocalLinks(), link => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(Page.Read(page).Path)!, link)), link));

    [Fact]
    public void Both_languages_show_the_same_commands_and_recipes()
    {
        var (english, japanese) = (Page.Read("README.md"), Page.Read("README.ja.md"));
        Assert.Equal(english.CommandLines(), japanese.CommandLines());
        Assert.Equal(english.Fences("json").Select(Minified), japanese.Fences("json").Select(Minified));
    }

    [Fact]
    public void Every_command_and_kind_has_its_word()
    {
        var text = Page.Read("README.md").Text;
        var commands = cli.Run("--help").Output.Split('\n').SkipWhile(line => !line.StartsWith("Commands:", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim().Split(' ')[0]).Where(word => word.Length > 0 && word is not ("sketch" or "appraise"));
        Assert.All(commands, command => Assert.Matches($"`{command}[ `]", text));
        var kinds = ((Type[])[typeof(Torch.Objective), typeof(Torch.Importance), typeof(Onnx.Calibrator), typeof(Torch.Loss), typeof(Torch.Schedule), typeof(Allocation)]).SelectMany(root => Session.AllWords.Catalog(root).Keys);
        Assert.All(kinds, kind => Assert.Contains($"`{kind}`", text));
    }

    [Fact]
    public void The_page_on_summaries_explains_every_key()
    {
        var text = Page.Read("docs/summary.md").Text;
        var keys = Keys(JsonSchema.Of(typeof(RunSummary), Session.AllWords)).Distinct().ToArray();
        Assert.Contains("seeds", keys);
        Assert.All(keys, key => Assert.Contains($"`{key}`", text));
    }

    // the stage that a command line describes, with its values read and not only its words
    private static Stage Read(Type type, string[] words)
    {
        var own = new StageOptions(type, Session.AllWords);
        var common = new CommonOptions();
        var command = new Command(words[0]);
        foreach (var option in own.All)
            command.Add(option.Option);
        if (own.Subject is { } subject)
            command.Add(subject);
        common.AddTo(command, common.In, common.Out, common.Data, common.Seed, common.Threads, common.Json);
        return own.Read(command.Parse(words[1..]));
    }

    private static IEnumerable<string> Keys(JsonNode? node) => node switch
    {
        JsonObject item => (item["properties"] is JsonObject properties ? properties.Select(property => property.Key) : []).Concat(item.SelectMany(property => Keys(property.Value))),
        JsonArray list => list.SelectMany(Keys),
        _ => [],
    };

    private static IEnumerable<string> Compiled()
    {
        var source = Page.Read("tests/Niwaki.Cli.Tests/Docs/ReadmeCode.cs").Text;
        return Marked().Matches(source).Select(match => WithoutComments(Indent().Replace(match.Groups[1].Value, string.Empty)));
    }

    private static string WithoutComments(string code) => Comment().Replace(code, string.Empty);

    private static string Minified(string json) => JsonNode.Parse(json)!.ToJsonString();

    [GeneratedRegex("// <readme>\n(.*?) *// </readme>", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex("^ {8}", RegexOptions.Multiline)]
    private static partial Regex Indent();

    [GeneratedRegex(" *//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();
}
