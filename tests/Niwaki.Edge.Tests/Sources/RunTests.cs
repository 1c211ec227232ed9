using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>The whole way from files to files.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string bundle;

    public RunTests() => bundle = new TestBundle().Unpack(folder);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_folder_becomes_labels_overlays_and_lines()
    {
        for (var i = 0; i < 3; i++)
            folder.Write($"in/scene-{i}.png", ImageCodec.EncodePng(Scenes.Of(160, 120, i)));
        var edge = Edge.Run("run", folder["in"], "--bundle", bundle, "--to", $"labels:{folder["out"]}", "--to", $"overlay:{folder["out"]}", "--to", $"jsonl:{folder["lines.jsonl"]}", "--state", folder["state"]);
        Assert.True(edge.Code == ExitCode.Done, edge.Errors);
        for (var i = 0; i < 3; i++)
        {
            // the golden pictures of the bundle are the same scenes
            Assert.Equal(ImageCodec.DecodeMask(Path.Combine(bundle, $"golden/{i}.labels.png")).Labels, ImageCodec.DecodeMask(folder[$"out/scene-{i}.png"]).Labels);
            Assert.Equal((160, 120), ImageCodec.SizeOf(folder[$"out/scene-{i}.jpg"]));
        }

        var lines = File.ReadAllLines(folder["lines.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["scene-0", "scene-1", "scene-2"], lines.Select(line => line.GetProperty("frame").GetString()));
        Assert.All(lines, line => Assert.Equal(1, line.GetProperty("areas").EnumerateObject().Sum(area => area.Value.GetDouble()), 1e-5));
        Assert.All(lines, line => Assert.InRange(line.GetProperty("confidence").GetDouble(), 0.25, 1));
    }

    [Fact]
    public void Pictures_decoded_at_a_fraction_get_labels_of_their_own_size_and_no_overlays_or_tiles()
    {
        folder.Write("in/scene.jpg", ImageCodec.EncodeJpeg(Scenes.Of(800, 600, 3), 95));
        string[] run = ["run", folder["in"], "--bundle", bundle, "--state", folder["state"], "--fast-decode", "--to"];
        var edge = Edge.Run([.. run, $"labels:{folder["out"]}"]);
        Assert.True(edge.Code == ExitCode.Done, edge.Errors);
        Assert.Equal((800, 600), ImageCodec.MaskSizeOf(folder["out/scene.png"]));
        var overlay = Edge.Run([.. run, $"overlay:{folder["over"]}"]);
        Assert.Equal(ExitCode.Fixable, overlay.Code);
        Assert.Contains("needs pictures at their own size", overlay.Errors, StringComparison.Ordinal);
        var tiles = Edge.Run([.. run, $"labels:{folder["out"]}", "--tile", "300"]);
        Assert.Equal(ExitCode.Fixable, tiles.Code);
        Assert.Contains("Leave out one of --fast-decode and --tile", tiles.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_picture_is_told_and_the_others_are_labelled()
    {
        folder.Write("in/a.png", ImageCodec.EncodePng(Scenes.Of(160, 120, 0)));
        folder.Write("in/b.png", ImageCodec.EncodePng(Scenes.Of(160, 120, 1)).AsSpan(0, 900));
        folder.Write("in/c.jpg", "no picture"u8);
        folder.Write("in/d.png", ImageCodec.EncodePng(Scenes.Of(160, 120, 2)));
        var edge = Edge.Run("run", folder["in"], "--bundle", bundle, "--to", $"labels:{folder["out"]}", "--state", folder["state"]);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Equal(["a.png", "d.png"], Directory.EnumerateFiles(folder["out"]).Select(Path.GetFileName).Order());
        Assert.Contains("b.png: the picture is", edge.Errors, StringComparison.Ordinal);
        Assert.Contains("c.jpg: is not a picture", edge.Errors, StringComparison.Ordinal);
        Assert.Contains("2 frames labelled", edge.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Pictures_that_differ_in_their_extension_alone_do_not_overwrite_each_other()
    {
        folder.Write("in/a.png", ImageCodec.EncodePng(Scenes.Of(160, 120, 0)));
        folder.Write("in/a.jpg", ImageCodec.EncodeJpeg(Scenes.Of(160, 120, 1)));
        Assert.Equal(ExitCode.Done, Edge.Run("run", folder["in"], "--bundle", bundle, "--to", $"labels:{folder["out"]}", "--state", folder["state"]).Code);
        Assert.Equal(["a.jpg.png", "a.png.png"], Directory.EnumerateFiles(folder["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Files_that_are_kept_are_bounded()
    {
        for (var i = 0; i < 7; i++)
            folder.Write($"in/{i}.png", ImageCodec.EncodePng(Scenes.Of(40, 30, i)));
        Assert.Equal(ExitCode.Done, Edge.Run("run", folder["in"], "--bundle", bundle, "--to", $"labels:{folder["out"]}", "--keep", "3", "--state", folder["state"]).Code);
        Assert.Equal(3, Directory.GetFiles(folder["out"]).Length);
    }

    [Fact]
    public void A_sink_that_cannot_write_is_told_and_ends_with_1()
    {
        folder.Write("in/a.png", ImageCodec.EncodePng(Scenes.Of(40, 30, 0)));
        folder.Write("taken", "a file where a folder is needed"u8);
        var edge = Edge.Run("run", folder["in"], "--bundle", bundle, "--to", $"labels:{folder["taken"]}", "--state", folder["state"]);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Contains("could not be written", edge.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("source", "nowhere/at/all", "is neither a file nor a folder")]
    [InlineData("sink", "carrier-pigeon:coop", "A sink is labels:FOLDER")]
    [InlineData("sink", "mqtt://broker.local/", "names no topic")]
    public void A_source_or_sink_that_is_none_is_refused_with_what_is_allowed(string which, string text, string expected)
    {
        folder.Write("in/a.png", ImageCodec.EncodePng(Scenes.Of(40, 30, 0)));
        var edge = Edge.Run("run", which == "source" ? text : folder["in"], "--bundle", bundle, "--to", which == "sink" ? text : "jsonl:-", "--state", folder["state"]);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Contains(expected, edge.Errors, StringComparison.Ordinal);
    }
}
