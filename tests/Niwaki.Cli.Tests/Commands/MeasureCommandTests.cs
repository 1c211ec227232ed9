namespace Niwaki.Cli.Tests;

public sealed class MeasureCommandTests
{
    [Fact]
    public void A_network_is_measured_with_the_memory_of_a_process_of_its_own()
    {
        using var line = new CommandLine();
        var model = UntrainedModel.Write(line, "mobilevit-xxs+upernet-64", classes: Vision.LpcvClasses.All);
        var (code, output, errors) = line.Run(
            "measure", "--in", model, "--out", line.Of("measured"), "--runs", "10", "--samples", "2",
            "--data", """{"kind": "synthetic", "width": 64, "height": 64, "train": 2, "validation": 3}""");
        Assert.True(code == ExitCode.Done, output + errors);
        var measurement = CommandLine.Words.Read<Measurement>(File.ReadAllText(line.Of("measured", Measured.MeasurementFile)), "measurement");
        Assert.Equal(3, measurement.Accuracy!.Images);
        Assert.NotNull(Assert.Single(measurement.Latencies).EndToEndP50);
        Assert.True(measurement.PeakMemory > new Bytes(20_000_000), output + errors);
        Assert.True(File.Exists(line.Of("measured", "samples", "01.png")));
    }
}
