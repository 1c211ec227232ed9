namespace Niwaki.Vision.Tests;

public sealed class MemoryProbeTests
{
    [Fact]
    public void The_figure_is_found_among_other_output()
    {
        Assert.Equal(123456789, MemoryProbe.Parse("loading {model}\n{\"peakBytes\":123456789}\n")!.Value.Value);
        Assert.Equal(5, MemoryProbe.Parse("{broken\n{\"peakBytes\":5}\r\n{}\n")!.Value.Value);
        Assert.Null(MemoryProbe.Parse("{\"peakBytes\":0}"));
        Assert.Null(MemoryProbe.Parse(""));
    }

    [Fact]
    public void The_program_is_started_as_this_one_was()
    {
        using var folder = new TestFolder();
        Assert.Null(MemoryProbe.StartOf(typeof(MemoryProbeTests).Assembly, folder.Path, "/usr/bin/tests"));
        folder.Write("Niwaki.Cli.dll", "program");
        folder.Write("Niwaki.Cli.runtimeconfig.json", "{}");
        var start = MemoryProbe.StartOf(typeof(MemoryProbeTests).Assembly, folder.Path, "/opt/net/dotnet")!;
        Assert.Equal("/opt/net/dotnet", start.FileName);
        Assert.Equal([folder["Niwaki.Cli.dll"]], start.ArgumentList);
        Assert.Equal("dotnet", MemoryProbe.StartOf(typeof(MemoryProbeTests).Assembly, folder.Path, "/usr/bin/tests")!.FileName);
    }

    [Fact]
    public void Where_the_program_is_missing_memory_is_absent_and_the_log_says_so()
    {
        var log = new TestLog();
        var words = new Vocabulary();
        var context = new StageContext(".", words, _ => throw new InvalidOperationException()) { Log = log };
        Assert.Null(MemoryProbe.Peak(new OnnxModel("nowhere") { Digest = "", Lineage = [] }, 1, context));
        Assert.Contains("left out", Assert.Single(log.Lines));
    }
}
