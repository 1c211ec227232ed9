using System.Text.Json.Nodes;

namespace Niwaki.Cli.Tests;

public sealed class NewUserTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_result_cannot_go_where_a_file_is_and_nothing_is_computed_before_that_is_told()
    {
        var file = cli.Write("notes.txt", "mine");
        var (code, output, errors) = cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", file);
        Assert.Equal((1, string.Empty), (code, output));
        Assert.Contains("notes.txt: is a file, but the result is a folder. Choose another name.", errors);
        Assert.Equal("mine", File.ReadAllText(file));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_no_bug()
    {
        var (code, _, errors) = cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", Path.Combine(cli.Write("notes.txt", "mine"), "a"));
        Assert.Equal(1, code);
        Assert.Contains("cannot be used as a folder", errors);
    }

    [Fact]
    public void What_is_refused_before_any_work_leaves_nothing_behind()
    {
        var (code, _, errors) = cli.Run("train", "--data", "synthetic", "--model", "mobilevit-micro+linear", "--out", cli.Of("a"));
        Assert.Equal(1, code);
        Assert.Contains("linear head", errors);
        Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
    }

    [Fact]
    public void A_misspelt_backbone_is_answered_with_the_near_one() =>
        Assert.Contains("'swin-mico+upernet-64' is no known model; did you mean 'swin-micro'?", cli.Run("train", "--data", "synthetic", "--model", "swin-mico+upernet-64", "--out", cli.Of("a")).Errors);

    [Fact]
    public void A_list_of_classes_in_another_form_is_answered_with_an_example()
    {
        Directory.CreateDirectory(cli.Of("field", "train", "images"));
        cli.Write(Path.Combine("field", "classes.json"), """["water", "road"]""");
        var (code, _, errors) = cli.Run("train", "--data", cli.Of("field"), "--model", "swin-micro+upernet-64", "--out", cli.Of("a"));
        Assert.Equal(1, code);
        Assert.Contains("""classes.json: is not a list of classes such as [{"name": "background", "color": "#000000"}""", errors);
    }

    [Fact]
    public void The_schema_of_summaries_knows_what_is_computed() =>
        Assert.NotNull(JsonNode.Parse(cli.Run("schema", "--summary").Output)!["$defs"]!["measurement"]!["properties"]!["challengeScore"]);
}
