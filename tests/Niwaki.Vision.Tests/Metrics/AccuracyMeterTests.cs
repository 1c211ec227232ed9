namespace Niwaki.Vision.Tests;

public sealed class AccuracyMeterTests
{
    [Theory]
    [InlineData("plain", "input.ground_truth")]
    [InlineData("ignore255", "input.ground_truth_with_ignore_255")]
    public void Figures_equal_the_referee_and_the_usual_mean_iou(string variant, string truthName)
    {
        var io = SafeTensors.Read(Path.Combine(Shared.Golden("metrics_segmentation"), "io.safetensors"));
        var pooled = new AccuracyMeter(14);
        for (var picture = 0; picture < 6; picture++)
        {
            var (truth, prediction) = (Map(io[truthName], picture), Map(io["input.prediction"], picture));
            var single = new AccuracyMeter(14);
            single.Add(truth, prediction);
            pooled.Add(truth, prediction);
            var expected = io[$"output.{variant}.confusion_matrix.{picture}"].Values;
            for (var i = 0; i < expected.Length; i++)
                Assert.Equal((long)expected[i], single.Confusion(i / 14, i % 14));
            // these go through float32 on their way, so they only say that the right figure was taken
            Assert.Equal(io[$"output.{variant}.referee.mean_dice_per_image"].Values[picture], single.Result().Dice, 1e-7);
            Assert.Equal(io[$"output.{variant}.mean_iou_per_image"].Values[picture], single.Result().MeanIoU, 1e-7);
        }

        var figures = Doubles(Path.Combine(Shared.Golden("metrics_segmentation"), "config.json"));
        var result = pooled.Result();
        Assert.Equal(figures[$"output.{variant}.referee.score_mean_of_images"], result.Dice, 1e-12);
        Assert.Equal(figures[$"output.{variant}.pooled_mean_iou"], result.MeanIoU, 1e-12);
        Assert.Equal(figures[$"output.{variant}.pooled_pixel_accuracy"], result.PixelAccuracy, 1e-12);
        Assert.Equal(6, result.Images);
    }

    [Fact]
    public void A_class_that_never_occurs_counts_nowhere()
    {
        var meter = new AccuracyMeter(3);
        var map = Pictures.Labels(4, 4, (x, _) => x < 2 ? 0 : 2);
        meter.Add(map, map);
        var result = meter.Result();
        Assert.Null(result.ClassIoU[1]);
        Assert.Equal((1, 1, 1), (result.MeanIoU, result.Dice, result.PixelAccuracy));
    }

    [Fact]
    public void A_class_that_is_only_predicted_counts_as_zero()
    {
        var meter = new AccuracyMeter(2);
        meter.Add(Pictures.Labels(2, 2, (_, _) => 0), Pictures.Labels(2, 2, (x, _) => x));
        Assert.Equal([0.5, 0], meter.Result().ClassIoU.Select(iou => iou!.Value));
        Assert.Equal((2 * 2.0 / 6 + 0) / 2, meter.Result().Dice, 1e-15);
    }

    [Fact]
    public void A_picture_without_any_class_is_no_picture()
    {
        var meter = new AccuracyMeter(2);
        meter.Add(Pictures.Labels(2, 2, (_, _) => 255), Pictures.Labels(2, 2, (_, _) => 1));
        Assert.Equal(0, meter.Result().Images);
        Assert.Equal(0, meter.Result().MeanIoU);
    }

    [Fact]
    public void A_prediction_of_another_size_or_of_no_class_is_a_bug()
    {
        var meter = new AccuracyMeter(2);
        Assert.Throws<ArgumentException>(() => meter.Add(Pictures.Labels(2, 2, (_, _) => 0), Pictures.Labels(4, 1, (_, _) => 0)));
        Assert.Throws<ArgumentException>(() => meter.Add(Pictures.Labels(2, 2, (_, _) => 0), Pictures.Labels(2, 2, (_, _) => 2)));
    }

    private static LabelMap Map(Weight stack, int picture)
    {
        var (height, width) = (stack.Shape.Dimensions[1], stack.Shape.Dimensions[2]);
        return Pictures.Labels(width, height, (x, y) => (int)stack.Values[(picture * height + y) * width + x]);
    }

    private static Dictionary<string, double> Doubles(string config)
    {
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(config));
        return json.RootElement.GetProperty("outputs").EnumerateObject().Where(output => output.Value.TryGetProperty("value", out _))
            .ToDictionary(output => output.Name, output => output.Value.GetProperty("value").GetDouble());
    }
}
