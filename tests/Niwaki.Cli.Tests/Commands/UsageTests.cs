namespace Niwaki.Cli.Tests;

public sealed class UsageTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Help_lists_every_command_and_hides_the_inner_one()
    {
        var (code, output, _) = cli.Run("--help");
        Assert.Equal(0, code);
        Assert.All((string[])["quickstart", "run", "gate", "report", "show", "compare", "synth", "schema", "doctor", "sketch"], command => Assert.Contains($"  {command} ", output));
        Assert.DoesNotContain("probe-memory", output);
        Assert.Contains("Sketches a model.", output);
        Assert.DoesNotContain("it trains nothing", output);
    }

    [Fact]
    public void A_stage_has_an_option_for_each_property_with_its_help_and_default()
    {
        var output = string.Join(' ', cli.Run("sketch", "--help").Output.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("--strokes <n> (REQUIRED) How many strokes.", output);
        Assert.Contains("--brush <kind|json> The brush to use. One of flat, round. [round]", output);
        Assert.Contains("--mood <name>", output);
        Assert.Contains("One of very-calm, wild. [wild]", output);
        Assert.Contains("--frame.weight <size> Width of the frame. [1.00 kB]", output);
        Assert.Contains("--layers <n...>", output);
        Assert.Contains("--data <folder|name|json>", output);
        Assert.DoesNotContain("--input", output);
        Assert.Contains("Sketches a model: it trains nothing, and writes curves.", output);
    }

    [Theory]
    [InlineData("'trian' is no command", "trian")]
    [InlineData("'sketc' is no command; did you mean 'sketch'?", "sketc")]
    [InlineData("No command was given.")]
    [InlineData("'--stroke' is no option of sketch; did you mean --strokes?", "sketch", "--stroke", "3")]
    [InlineData("Option '--strokes' is required.", "sketch")]
    [InlineData("--strokes: 'many' is not a whole number.", "sketch", "--strokes", "many")]
    [InlineData("--strokes: 1.5 is not a whole number.", "sketch", "--strokes", "1.5")]
    [InlineData("--brush: 'rond' is no brush; did you mean 'round'? Known are flat, round", "sketch", "--strokes", "1", "--brush", "rond")]
    [InlineData("--brush: 'radus' is no option of round; did you mean 'radius'?", "sketch", "--strokes", "1", "--brush", """{"kind":"round","radus":1}""")]
    [InlineData("--brush: '{' is not JSON.", "sketch", "--strokes", "1", "--brush", "{")]
    [InlineData("--mood: \"wil\" is not one of very-calm, wild.", "sketch", "--strokes", "1", "--mood", "wil")]
    [InlineData("--frame: 'oak' is not a frame. Write it as JSON", "sketch", "--strokes", "1", "--frame", "oak")]
    [InlineData("--frame.dries: \"soon\" is not seconds or a duration", "sketch", "--strokes", "1", "--frame.dries", "soon")]
    [InlineData("--layers: 'x' is not a whole number.", "sketch", "--strokes", "1", "--layers", "1,x")]
    [InlineData("--data: 'stripe' is no data-source; did you mean 'stripes'?", "sketch", "--strokes", "1", "--data", """{"kind":"stripe"}""")]
    [InlineData("--data: is not JSON", "sketch", "--strokes", "1", "--data", "{oops")]
    [InlineData("--in: appraise needs the folder of a model to work on, or an ONNX file.", "appraise")]
    [InlineData("--seed: a single stage has one seed", "sketch", "--strokes", "1", "--seed", "1", "2")]
    [InlineData("--threads: 0 is not a number from 1.", "sketch", "--strokes", "1", "--threads", "0")]
    [InlineData("Required argument missing for command: 'run'.", "run")]
    [InlineData("'more' was not expected here.", "schema", "more")]
    public void A_wrong_command_line_ends_with_2_and_says_what_is_allowed(string message, params string[] args)
    {
        var (code, output, errors) = cli.Run(args);
        Assert.Contains(message, errors);
        Assert.Contains("--help' lists what there is.", errors);
        Assert.Equal((2, string.Empty), (code, output));
    }

    [Fact]
    public void The_real_entry_point_tells_usage_and_version()
    {
        Assert.Equal(2, Program.Main(["--no-such-thing"]));
        Assert.Equal(0, Program.Main(["--version"]));
    }
}
