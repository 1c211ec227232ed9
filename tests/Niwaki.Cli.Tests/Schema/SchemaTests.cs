using System.Text.Json;
using System.Text.Json.Nodes;

namespace Niwaki.Cli.Tests;

public sealed class SchemaTests
{
    private static readonly JsonObject Schema = JsonSchema.Of(typeof(Recipe), CommandLine.Words);

    [Fact]
    public void The_recipe_of_these_tests_is_valid() => Assert.Empty(Problems(TestRecipes.Whole()));

    [Fact]
    public void The_quickstart_is_valid() => Assert.Empty(Problems(QuickstartCommand.Text()));

    [Theory]
    [InlineData("\"strokes\": 10 }", "\"stroke\": 10 }")]
    [InlineData("\"strokes\": 10 }", "\"strokes\": \"ten\" }")]
    [InlineData("\"kind\": \"gate\"", "\"kind\": \"gates\"")]
    [InlineData("\"seeds\": [1]", "\"seeds\": [1.5]")]
    [InlineData("\"name\": \"gate\",", "")]
    [InlineData("\"minSpeedUp\": 5", "\"maxLatency\": \"5 parsecs\"")]
    [InlineData("\"strokes\": 10 }", "\"strokes\": 10, \"mood\": \"sad\" }")]
    public void A_mistake_is_not_valid(string right, string wrong) => Assert.NotEmpty(Problems(TestRecipes.Whole().Replace(right, wrong)));

    [Theory]
    [InlineData("\"strokes\": 10 }", "\"strokes\": 10, \"frame\": null }")]
    [InlineData("\"strokes\": 10 }", "\"strokes\": 10, \"mood\": \"very-calm\", \"brushes\": [{\"kind\": \"round\", \"radius\": 3}] }")]
    [InlineData("\"minSpeedUp\": 5", "\"maxLatency\": \"5 ms\", \"maxSize\": 3000, \"maxMemory\": \"3 GiB\"")]
    public void What_a_recipe_may_say_is_valid(string plain, string other) => Assert.Empty(Problems(TestRecipes.Whole().Replace(plain, other)));

    [Fact]
    public void It_tells_defaults_kinds_and_descriptions()
    {
        var sketch = Schema["$defs"]!["stage.sketch"]!;
        Assert.Equal("How many strokes.", (string?)sketch["properties"]!["strokes"]!["description"]);
        Assert.Equal("wild", (string?)sketch["properties"]!["mood"]!["default"]);
        Assert.False((bool)sketch["additionalProperties"]!);
        Assert.Contains("gate", Schema["$defs"]!["stage"]!["properties"]!["kind"]!["enum"]!.AsArray().Select(kind => (string?)kind));
    }

    [Fact]
    public void The_summary_has_a_schema_too()
    {
        using var cli = new CommandLine();
        var (code, output, _) = cli.Run("schema", "--summary");
        Assert.Equal(0, code);
        var schema = JsonNode.Parse(output)!.AsObject();
        cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", cli.Of("run"));
        Assert.Empty(MiniValidator.Problems(schema, JsonNode.Parse(File.ReadAllText(cli.Of("run", "summary.json")))));
    }

    private static List<string> Problems(string recipe) =>
        MiniValidator.Problems(Schema, JsonNode.Parse(recipe, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip }));
}
