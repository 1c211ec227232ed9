namespace Niwaki.Cli.Tests;

public sealed class SummaryTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    private RunSummary Read(string recipe)
    {
        cli.Run("run", cli.Write("r.json", recipe), "--out", cli.Of("run"));
        return CommandLine.Words.Read<RunSummary>(File.ReadAllText(cli.Of("run", RunSummary.FileName)), "summary");
    }

    [Fact]
    public void Figures_over_seeds_are_mean_and_deviation()
    {
        var student = Read(TestRecipes.Whole(seeds: "[1, 2, 3]")).Models.Single(model => model.Name == "student");
        Assert.Equal(3, student.Artifacts.Count);
        Assert.Equal(0.67, student.Figures.MeanIoU!.Mean, 1e-9);
        Assert.Equal(0.01, student.Figures.MeanIoU.Deviation!.Value, 1e-9);
        Assert.Equal([1, 2], student.Figures.Latencies.Select(latency => latency.Threads));
        Assert.Equal(0.01, student.Figures.Latencies[0].EngineP50.Mean, 1e-9);
    }

    [Fact]
    public void Changes_are_against_the_teacher_of_the_gate()
    {
        var summary = Read(TestRecipes.Whole());
        Assert.Equal("teacher", summary.Teacher);
        Assert.Null(summary.Models.Single(model => model.Name == "teacher").Change);
        var change = summary.Models.Single(model => model.Name == "student").Change!;
        Assert.Equal(-0.05, change.MeanIoU!.Value, 1e-9);
        Assert.Equal(10, change.SpeedUp!.Value, 1e-9);
        Assert.Equal(0.1, change.SizeRatio!.Value, 1e-9);
        Assert.Equal(0.1, change.MacsRatio!.Value, 1e-9);
        Assert.Null(change.EnergyRatio);
    }

    [Fact]
    public void Each_artifact_has_its_digest_folder_and_measurements()
    {
        var artifact = Read(TestRecipes.Whole()).Models.Single(model => model.Name == "student").Artifacts.Single();
        var opened = ArtifactStore.Open(cli.Of("run", artifact.Folder), CommandLine.Words);
        Assert.Equal(opened.Digest, artifact.Digest);
        Assert.Equal(new Bytes(10_000), artifact.Measurements.Single().Measurement.FileSize);
        Assert.Equal("student-measured", artifact.Measurements.Single().Step);
    }
}
