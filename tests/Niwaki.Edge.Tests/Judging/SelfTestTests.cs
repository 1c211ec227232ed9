using System.Text.Json;

namespace Niwaki.Edge.Tests;

public sealed class SelfTestTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_bundle_on_the_machine_that_made_it_agrees_with_itself()
    {
        var edge = Edge.Run("selftest", "--bundle", new TestBundle().Unpack(folder), "--json");
        Assert.Equal(ExitCode.Done, edge.Code);
        using var report = JsonDocument.Parse(edge.Output);
        Assert.Equal(1, report.RootElement.GetProperty("agreement").GetDouble());
        Assert.Equal(3, report.RootElement.GetProperty("pictures").GetInt32());
    }

    [Fact]
    public void Labels_that_differ_by_more_than_the_pass_mark_end_with_3()
    {
        var spoiled = new TestBundle { Spoil = labels => labels.AsSpan(0, 40).Fill((byte)(labels[0] ^ 1)) };
        var edge = Edge.Run("selftest", "--bundle", spoiled.Unpack(folder));
        Assert.Equal(ExitCode.MarksMissed, edge.Code);
        Assert.Contains("FAIL  agreement: 0.99", edge.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Latency_is_judged_only_where_the_bundle_demands_it()
    {
        Assert.DoesNotContain("latency", Edge.Run("selftest", "--bundle", new TestBundle().Unpack(folder)).Output, StringComparison.Ordinal);
        var hasty = Edge.Run("selftest", "--bundle", new TestBundle { Name = "hasty", Marks = new PassMarks(MaxLatency: TimeSpan.FromTicks(1)) }.Unpack(folder));
        Assert.Equal(ExitCode.MarksMissed, hasty.Code);
        Assert.Contains("FAIL  engine latency, median", hasty.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_over_the_pass_mark_fails_and_under_it_passes()
    {
        Assert.Equal(ExitCode.MarksMissed, Edge.Run("selftest", "--bundle", new TestBundle { Name = "tight", Marks = new PassMarks(MaxMemory: new Bytes(1000)) }.Unpack(folder)).Code);
        Assert.Equal(ExitCode.Done, Edge.Run("selftest", "--bundle", new TestBundle { Name = "wide", Marks = new PassMarks(MaxMemory: new Bytes(1L << 40)) }.Unpack(folder)).Code);
    }

    [Fact]
    public void A_changed_model_is_refused_before_it_is_loaded()
    {
        var bundle = new TestBundle().Unpack(folder);
        var bytes = File.ReadAllBytes(Path.Combine(bundle, "model.onnx"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(Path.Combine(bundle, "model.onnx"), bytes);
        var edge = Edge.Run("selftest", "--bundle", bundle);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Contains("model.onnx is not what bundle.json lists", edge.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Bench_tells_every_part_of_a_frame()
    {
        var edge = Edge.Run("bench", "--bundle", new TestBundle().Unpack(folder), "--runs", "12", "--json");
        Assert.Equal(ExitCode.Done, edge.Code);
        using var report = JsonDocument.Parse(edge.Output);
        var root = report.RootElement;
        Assert.Equal(12, root.GetProperty("runs").GetInt32());
        var parts = new[] { "decode", "prepare", "engineRun", "restore", "statistics", "overlay" }.Sum(part => root.GetProperty(part).GetProperty("p50").GetDouble());
        Assert.InRange(parts, 0.001, 2 * root.GetProperty("frame").GetProperty("p99").GetDouble() + 0.1);
        Assert.True(root.GetProperty("enginePerSecond").GetDouble() > 0);
        Assert.False(root.TryGetProperty("predicted", out _));
    }

    [Fact]
    public void Bench_tells_what_was_predicted_apart_from_what_it_measures()
    {
        var bundle = new TestBundle { Predicted = new LatencyPrediction("test", "onnxruntime", 1, TimeSpan.FromMilliseconds(3), 1.2, 1.5, "12 models measured elsewhere") }.Unpack(folder);
        var text = Edge.Run("bench", "--bundle", bundle, "--runs", "10");
        Assert.Equal(ExitCode.Done, text.Code);
        Assert.Contains("predicted for the engine on test with 1 thread before anything was measured there: 3.00 ms (2.00 to 4.50 within the error)", text.Output, StringComparison.Ordinal);
        using var report = JsonDocument.Parse(Edge.Run("bench", "--bundle", bundle, "--runs", "10", "--json").Output);
        var predicted = report.RootElement.GetProperty("predicted");
        Assert.Equal((3, 2, 4.5), (predicted.GetProperty("milliseconds").GetDouble(), predicted.GetProperty("shortest").GetDouble(), predicted.GetProperty("longest").GetDouble()));
        Assert.Equal("12 models measured elsewhere", predicted.GetProperty("basis").GetString());
    }
}
