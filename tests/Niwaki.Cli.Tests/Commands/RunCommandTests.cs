using System.Text.Json;

namespace Niwaki.Cli.Tests;

public sealed class RunCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    private string Run => cli.Of("run");

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_recipe_runs_to_a_table_a_summary_and_a_report()
    {
        var (code, output, errors) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run);
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains("[5/5] gate (gate)", output);
        Assert.Contains("teacher (teacher)", output);
        Assert.Contains("10.00x", output);
        Assert.True(File.Exists(cli.Of("run", "report.html")));
        using var summary = JsonDocument.Parse(File.ReadAllText(cli.Of("run", "summary.json")));
        Assert.Equal(1, summary.RootElement.GetProperty("schemaVersion").GetInt32());
        Assert.True(summary.RootElement.GetProperty("passed").GetBoolean());
    }

    [Fact]
    public void A_failed_gate_ends_with_3_and_the_report_is_written()
    {
        var (code, output, _) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole(least: 0.9)), "--out", Run);
        Assert.Equal(3, code);
        Assert.Contains("does not pass", output);
        Assert.Contains("Not passed", File.ReadAllText(cli.Of("run", "report.html")));
    }

    [Fact]
    public void A_failed_stage_ends_with_1_and_what_there_is_is_reported()
    {
        var recipe = TestRecipes.Whole().Replace("\"strokes\": 10 }", "\"strokes\": 10, \"fail\": true }");
        var (code, _, errors) = cli.Run("run", cli.Write("r.json", recipe), "--out", Run);
        Assert.Equal(1, code);
        Assert.Contains("step 'student' (sketch): the paper [tore]. Take another sheet.", errors);
        var html = File.ReadAllText(cli.Of("run", "report.html"));
        Assert.Contains("The run did not finish", html);
        Assert.Contains("step &#39;student&#39; (sketch): the paper [tore].", html);
    }

    [Fact]
    public void The_report_can_be_written_again_and_shown()
    {
        cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run);
        File.Delete(cli.Of("run", "report.html"));
        Assert.Equal(0, cli.Run("report", Run).Code);
        Assert.True(File.Exists(cli.Of("run", "report.html")));
        Assert.Contains("student", cli.Run("show", Run).Output);
        using var json = JsonDocument.Parse(cli.Run("show", Run, "--json").Output);
        Assert.Equal("atelier", json.RootElement.GetProperty("recipe").GetString());
    }

    [Fact]
    public void Seeds_and_data_can_be_given_in_place_of_the_recipes()
    {
        var (code, output, _) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run, "--seed", "3", "4", "--data", """{"kind":"stripes","size":16}""", "--json");
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal([3, 4], json.RootElement.GetProperty("seeds").EnumerateArray().Select(seed => seed.GetInt32()));
        Assert.Equal(16, RunIndex.Read(Run, CommandLine.Words).Recipe.Data is StripesDataSource { Size: var size } ? size : 0);
    }

    [Fact]
    public void A_wrong_recipe_ends_with_1_before_anything_runs()
    {
        var (code, _, errors) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole().Replace("\"strokes\": 10 ", "\"stroke\": 10 ")), "--out", Run);
        Assert.Equal(1, code);
        Assert.Contains("step 'student' (sketch): 'stroke' is no option of sketch; did you mean 'strokes'?", errors);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public void A_recipe_can_be_checked_only()
    {
        Assert.Contains("5 steps, no mistake found", cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--check", "--out", Run).Output);
        Assert.False(Directory.Exists(Run));
    }

    [Theory]
    [InlineData("--check")]
    [InlineData("--threads=1")]
    public void Pictures_that_are_missing_are_told_before_anything_runs(string option)
    {
        var (code, _, errors) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run, option, "--data", $$"""{"kind":"folder","root":"{{cli.Of("none")}}"}""");
        Assert.Equal(1, code);
        Assert.Contains(cli.Of("none"), errors);
        Assert.False(Directory.Exists(Run));
    }

    [Fact]
    public void A_second_run_in_the_same_folder_is_refused()
    {
        using var first = RunFolder.Open(Run, CommandLine.Words);
        var (code, _, errors) = cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run);
        Assert.Equal(1, code);
        Assert.Contains("another run works in this folder", errors);
    }

    [Fact]
    public void Two_measurements_are_compared_with_ratios()
    {
        cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run);
        var (code, output, _) = cli.Run("compare", cli.Of("run", "steps", "teacher-measured"), cli.Of("run", "steps", "student-measured"));
        Assert.Equal(0, code);
        Assert.Contains("-5.00 points", output);
        Assert.Contains("÷ 10.00", output);
        using var json = JsonDocument.Parse(cli.Run("compare", cli.Of("run", "steps", "teacher-measured"), cli.Of("run", "steps", "student-measured"), "--json").Output);
        Assert.Contains(json.RootElement.GetProperty("figures").EnumerateArray(), figure => figure.GetProperty("figure").GetString() == "file size" && figure.GetProperty("ratio").GetDouble() == 0.1);
        Assert.Contains("is neither a measurement nor a model", cli.Run("compare", cli.Of("run", "steps", "teacher-measured"), cli.Of("run", "steps", "gate")).Errors);
    }

    [Fact]
    public void An_artifact_is_shown_with_its_lineage()
    {
        cli.Run("run", cli.Write("r.json", TestRecipes.Whole()), "--out", Run);
        var output = cli.Run("show", cli.Of("run", "steps", "student-measured")).Output;
        Assert.Contains("sketch", output);
        Assert.Contains("strokes:10", output);
        Assert.Contains("0.6600", output);
    }

    [Fact]
    public void What_is_neither_run_nor_artifact_is_told()
    {
        Assert.Contains("there is no such folder", cli.Run("show", cli.Of("none")).Errors);
        Assert.Contains("is not a run", cli.Run("report", cli.Folder).Errors);
    }

    [Fact]
    public void Doctor_finds_the_libraries()
    {
        using var json = JsonDocument.Parse(cli.Run("doctor", "--json").Output);
        Assert.All((string[])["libtorch", "ONNX Runtime", ".NET"], what => Assert.Contains(json.RootElement.EnumerateArray(), finding => finding.GetProperty("what").GetString() == what && finding.GetProperty("state").GetString() == "good"));
    }
}
