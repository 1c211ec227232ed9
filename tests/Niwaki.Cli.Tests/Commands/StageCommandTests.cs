using System.Text.Json;

namespace Niwaki.Cli.Tests;

public sealed class StageCommandTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Options_become_the_record_and_the_result_an_artifact()
    {
        var (code, output, errors) = cli.Run(
            "sketch", "--strokes", "3", "--brush", "flat", "--mood", "very-calm", "--signed", "--layers", "4", "5,6", "--brushes", "round", """{"kind":"round","radius":9}""",
            "--frame.weight", "2 kB", "--frame.dries", "90 s", "--title", "dawn", "--data", "stripes", "--seed", "7", "--out", cli.Of("a"));
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Contains(cli.Of("a"), output);
        var step = ArtifactStore.Open(cli.Of("a"), CommandLine.Words).Lineage.Single();
        var expected = new Sketch(3)
        {
            Brush = new FlatBrush(),
            Mood = Mood.VeryCalm,
            Signed = true,
            Layers = [4, 5, 6],
            Brushes = [new RoundBrush(), new RoundBrush { Radius = 9 }],
            Frame = new Frame { Weight = new Bytes(2000), Dries = TimeSpan.FromSeconds(90) },
            Title = "dawn",
        };
        Assert.Equal(expected, step.Options.Deserialize<Sketch>(CommandLine.Words.Json));
        Assert.Equal(7, step.Seed);
    }

    [Fact]
    public void A_record_as_a_whole_and_its_parts_can_be_mixed()
    {
        cli.Run("sketch", "--strokes", "3", "--frame", """{"weight":5}""", "--frame.dries", "1 s", "--data", "stripes", "--out", cli.Of("a"));
        cli.Run("sketch", "--strokes", "3", "--frame", "null", "--data", "stripes", "--out", cli.Of("b"));
        Assert.Equal(new Frame { Weight = new Bytes(5), Dries = TimeSpan.FromSeconds(1) }, Options("a").Frame);
        Assert.Null(Options("b").Frame);

        Sketch Options(string folder) => ArtifactStore.Open(cli.Of(folder), CommandLine.Words).Lineage.Single().Options.Deserialize<Sketch>(CommandLine.Words.Json)!;
    }

    [Fact]
    public void The_same_command_again_uses_the_result_and_another_one_does_not_overwrite_it()
    {
        string[] command = ["sketch", "--strokes", "3", "--data", "stripes", "--out", cli.Of("a")];
        Assert.Equal(0, cli.Run(command).Code);
        Assert.Contains("done before, used again", cli.Run(command).Output);
        var (code, _, errors) = cli.Run([.. command, "--title", "other"]);
        Assert.Equal(1, code);
        Assert.Contains("holds an artifact of other options, input, data or seed. Choose another folder, or delete this one.", errors);
    }

    [Fact]
    public void A_problem_that_the_user_can_fix_ends_with_1_and_no_stack_trace()
    {
        var (code, output, errors) = cli.Run("sketch", "--strokes", "3", "--fail", "--data", "stripes", "--out", cli.Of("a"));
        Assert.Equal((1, string.Empty, "the paper [tore]. Take another sheet."), (code, output, errors.Trim()));
    }

    [Fact]
    public void An_input_that_is_no_artifact_is_told()
    {
        var (code, _, errors) = cli.Run("appraise", "--in", cli.Folder);
        Assert.Equal(1, code);
        Assert.Contains("is not an artifact", errors);
    }

    [Fact]
    public void An_input_that_is_damaged_is_told_with_the_file()
    {
        cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", cli.Of("a"));
        File.AppendAllText(cli.Of("a", "weights.safetensors"), "x");
        var (code, _, errors) = cli.Run("appraise", "--in", cli.Of("a"), "--data", "stripes");
        Assert.Equal(1, code);
        Assert.Contains("weights.safetensors does not have the digest", errors);
    }

    [Fact]
    public void An_input_of_another_kind_is_told()
    {
        cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", cli.Of("a"));
        var (code, _, errors) = cli.Run("gate", "--in", cli.Of("a"), "--budget.min-dice", "0.1");
        Assert.Equal(1, code);
        Assert.Contains("gate takes a measured", errors);
    }

    [Fact]
    public void Json_is_the_only_thing_on_the_output()
    {
        cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", cli.Of("a"));
        var (code, output, _) = cli.Run("appraise", "--in", cli.Of("a"), "--data", "stripes", "--out", cli.Of("m"), "--json");
        using var json = JsonDocument.Parse(output);
        Assert.Equal(0, code);
        Assert.Equal("measured", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal(3000, json.RootElement.GetProperty("measurement").GetProperty("fileSize").GetInt64());
    }

    [Fact]
    public void A_failed_gate_ends_with_3()
    {
        cli.Run("sketch", "--strokes", "3", "--data", "stripes", "--out", cli.Of("a"));
        cli.Run("appraise", "--in", cli.Of("a"), "--data", "stripes", "--out", cli.Of("m"));
        Assert.Equal(0, cli.Run("gate", "--in", cli.Of("m"), "--budget.min-mean-iou", "0.6", "--out", cli.Of("g1")).Code);
        var (code, output, _) = cli.Run("gate", "--in", cli.Of("m"), "--budget.min-mean-iou", "0.9", "--out", cli.Of("g2"));
        Assert.Equal(3, code);
        Assert.Contains("FAIL", output);
    }

    [Fact]
    public void Interrupted_it_ends_with_130_and_tells_how_to_go_on()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using var stopped = new CommandLine { Cancel = stop.Token };
        var (code, _, errors) = stopped.Run("sketch", "--strokes", "3", "--hang", "--data", "{\"kind\":\"stripes\"}", "--out", stopped.Of("a"));
        Assert.Equal(130, code);
        Assert.Contains("niwaki sketch --strokes 3 --hang --data '{\"kind\":\"stripes\"}' --out", errors);
    }
}
