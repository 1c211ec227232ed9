using System.Text.Json;

namespace Niwaki.Vision.Tests;

public sealed class MeasureTests : IDisposable
{
    private static readonly Vocabulary Words = new(typeof(Measure).Assembly, typeof(ColorModel).Assembly);
    private static readonly Measure Quick = new() { Runs = 50, TimeLimit = TimeSpan.FromSeconds(1), Memory = false, Energy = false };

    private readonly TestFolder folder = new();
    private readonly TestLog log = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Accuracy_of_a_model_that_is_right_is_one_and_its_samples_are_its_labels()
    {
        var measured = Apply(Quick with { Samples = 2, Threads = [2, 1] }, Fill(3));
        var result = Read(measured);
        Assert.InRange(result.Accuracy!.MeanIoU, 0.97, 1);
        Assert.InRange(result.Accuracy.Dice, 0.98, 1);
        Assert.Equal(3, result.Accuracy.Images);
        Assert.Equal(1234, result.FileSize!.Value.Value);
        Assert.Equal((3, 3 * 64 * 64 / 16), (result.Parameters, result.Macs!.Value.Value));
        Assert.Equal("color 1.0", result.Engine);
        Assert.Equal([1, 2], result.Latencies.Select(latency => latency.Threads));
        Assert.All(result.Latencies, latency => Assert.True(latency.EngineP50 > TimeSpan.Zero && latency.EngineP50 <= latency.EngineP95 && latency.EngineP95 <= latency.EngineP99 && latency.Runs >= 10 && latency.EndToEndP50 > latency.EngineP50));
        Assert.Null(result.PeakMemory);
        Assert.Null(result.Energy);
        Assert.Contains("core", result.Machine);
        Assert.Equal(result.Accuracy.Dice / result.Latencies.Min(latency => latency.EndToEndP50!.Value.TotalSeconds), result.ChallengeScore!.Value, 1e-9);
        Assert.Equal(2, Directory.GetFiles(measured.PathOf(Measure.SamplesFolder)).Length);
        var sample = ImageCodec.DecodeMask(measured.PathOf("samples/01.png"));
        Assert.Equal((96, 80), (sample.Width, sample.Height));
        Assert.Equal(1, sample.Labels[40 * 96 + 50]);
        Assert.Equal(1, log.Done["accuracy"]);
    }

    [Fact]
    public void The_score_is_part_of_the_file_and_does_not_hinder_reading_it()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Apply(Quick, Fill(1)).PathOf(Measured.MeasurementFile)));
        Assert.True(json.RootElement.GetProperty("challengeScore").GetDouble() > 0);
    }

    [Fact]
    public void Images_cap_the_accuracy()
    {
        Assert.Equal(2, Read(Apply(Quick with { Images = 2 }, Fill(4))).Accuracy!.Images);
    }

    [Fact]
    public void Without_a_dataset_the_engine_is_timed_on_noise_and_the_rest_is_absent()
    {
        var result = Read(Apply(Quick, null));
        Assert.Null(result.Accuracy);
        Assert.Null(result.ChallengeScore);
        Assert.Null(Assert.Single(result.Latencies).EndToEndP50);
        Assert.Contains(log.Lines, line => line.Contains("No dataset"));
    }

    [Fact]
    public void A_dataset_with_other_classes_is_refused_before_any_work()
    {
        var problem = Assert.Throws<StageException>(() => Apply(Quick, Fill(1, classes: 4)));
        Assert.Contains("3 classes", problem.Message);
        Assert.Contains("has 4", problem.Message);
        Assert.Empty(log.Done);
    }

    [Fact]
    public void Classes_that_never_occur_and_ignored_pixels_are_told()
    {
        var data = Fill(2);
        foreach (var path in Directory.GetFiles(folder["data/val/masks"]))
            File.WriteAllBytes(path, TestPng.Write(96, 80, 8, 0, [.. Enumerable.Range(0, 7680).Select(i => i % 96 < 36 ? 0 : 255)]));
        var result = Read(Apply(Quick, data));
        Assert.Contains(log.Lines, line => line.StartsWith("Never in these masks: c1, c2", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.Contains("63 %"));
        Assert.InRange(result.Accuracy!.PixelAccuracy, 0, 1);
    }

    [Theory]
    [InlineData("""{"kind": "measure", "threads": []}""")]
    [InlineData("""{"kind": "measure", "threads": [0]}""")]
    [InlineData("""{"kind": "measure", "threads": [1, 1]}""")]
    [InlineData("""{"kind": "measure", "runs": 0}""")]
    [InlineData("""{"kind": "measure", "timeLimit": "0 s"}""")]
    [InlineData("""{"kind": "measure", "images": 0}""")]
    public void Options_out_of_range_are_refused(string json)
    {
        Assert.Throws<StageException>(() => Apply((Measure)Words.Read<Stage>(json, "recipe"), null));
    }

    [Fact]
    public void Ctrl_c_ends_it()
    {
        Assert.Throws<OperationCanceledException>(() => Apply(Quick, Fill(1), cancelled: true));
    }

    [Fact]
    public void Percentiles_lie_between_the_sorted_values()
    {
        var sorted = Enumerable.Range(0, 101).Select(i => TimeSpan.FromMilliseconds(i)).ToArray();
        Assert.Equal(50, LatencyRun.Percentile(sorted, 0.5).TotalMilliseconds);
        Assert.Equal(99, LatencyRun.Percentile(sorted, 0.99).TotalMilliseconds);
        Assert.Equal(1.5, LatencyRun.Percentile([TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(2)], 0.5).TotalMilliseconds);
        Assert.Equal(7, LatencyRun.Percentile([TimeSpan.FromMilliseconds(7)], 0.99).TotalMilliseconds);
    }

    private Measured Apply(Measure stage, DataSource? data, bool cancelled = false)
    {
        var model = ColorModel.Write(folder["model"], new Preprocess(64, 64), 3, Words);
        var output = Directory.CreateDirectory(folder["out.partial"]).FullName;
        var context = new StageContext(output, Words, _ => throw new InvalidOperationException()) { Data = data, Log = log, Cancel = new CancellationToken(cancelled) };
        return (Measured)stage.Apply(model, context, folder["out"]);
    }

    private static Measurement Read(Measured measured) => Words.Read<Measurement>(File.ReadAllText(measured.PathOf(Measured.MeasurementFile)), "measurement");

    /// <summary>Three upright bands of red, green and blue, of classes 0, 1 and 2.</summary>
    private FolderDataSource Fill(int count, int classes = 3)
    {
        for (var i = 0; i < count; i++)
        {
            foreach (var split in new[] { "train", "val" })
            {
                folder.Write($"data/{split}/images/{i}.jpg", ImageCodec.EncodePng(Pictures.Of(96, 80, (x, _) => x < 36 ? (200, 0, 0) : x < 72 ? (0, 200, 0) : (0, 0, 200))));
                folder.Write($"data/{split}/masks/{i}.png", ImageCodec.EncodePng(Pictures.Labels(96, 80, (x, _) => x < 36 ? 0 : x < 72 ? 1 : 2)));
            }
        }

        return new FolderDataSource(folder["data"]) { Legend = [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"c{i}", "#123456"))] };
    }
}
