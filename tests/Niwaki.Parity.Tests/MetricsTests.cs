using System.Text.RegularExpressions;
using Niwaki.Vision;

namespace Niwaki.Parity.Tests;

/// <summary>
/// Figures of segmentation against the referee of LPCV 2023 and against mmsegmentation: confusion matrices exactly, every figure that is ours
/// to 1e-12. Figures that nobody offers here are those that our confusion matrices give.
/// </summary>
public sealed class MetricsTests
{
    private const double Tolerance = 1e-12;

    // the referee's, which keeps absent classes as zeros
    private const double RefereeEpsilon = 1e-9;

    public static TheoryData<string> Cases() => Golden.OfKind("metrics");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Figures_are_those_of_the_referee_and_the_usual_ones(string name)
    {
        var classes = Golden.Description(name).GetProperty("parameters").GetProperty("classes").GetInt32();
        var tensors = ExactTensors.Read(Path.Combine(Golden.Needed, name, "io.safetensors"));
        var compared = 0;
        foreach (var variant in tensors.Keys.Select(key => Regex.Match(key, @"^output\.([^.]+)\.")).Where(match => match.Success).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal))
        {
            var truth = Truth(tensors, variant);
            var prediction = tensors["input.prediction"];
            var pictures = Enumerable.Range(0, truth.Shape[0]).Select(i => (Truth: Picture(truth, i), Prediction: Picture(prediction, i))).ToArray();
            var each = pictures.Select(picture => Meter(classes, picture)).ToArray();
            var pooled = Meter(classes, pictures);
            foreach (var (key, expected) in tensors.Where(entry => entry.Key.StartsWith($"output.{variant}.", StringComparison.Ordinal)))
            {
                AssertClose(key, expected.Values, Figure(key[$"output.{variant}.".Length..], each, pooled, classes));
                compared++;
            }
        }

        Assert.Equal(tensors.Keys.Count(key => key.StartsWith("output.", StringComparison.Ordinal)), compared);
    }

    private static double[] Figure(string name, AccuracyMeter[] each, AccuracyMeter pooled, int classes)
    {
        if (Regex.Match(name, @"^confusion_matrix\.(\d+)$") is { Success: true } match)
            return [.. Enumerable.Range(0, classes * classes).Select(i => (double)each[int.Parse(match.Groups[1].Value)].Confusion(i / classes, i % classes))];
        var matrices = each.Select(meter => new Counts(meter, classes)).ToArray();
        var all = new Counts(pooled, classes);
        return name switch
        {
            "referee.mean_dice_per_image" => [.. each.Select(meter => meter.Result().Dice)],
            "referee.class_dice_per_image" => [.. matrices.SelectMany(counts => counts.Dice)],
            "referee.score_mean_of_images" => [pooled.Result().Dice],
            "referee.pixel_accuracy_per_image" or "pixel_accuracy_per_image" => [.. each.Select(meter => meter.Result().PixelAccuracy)],
            "referee.mean_class_accuracy_per_image" => [.. matrices.Select(counts => counts.Hits.Zip(counts.Truths, (hit, row) => hit / (row + RefereeEpsilon)).Average())],
            "referee.frequency_weighted_dice_per_image" => [.. matrices.Select(counts => counts.Truths.Zip(counts.Dice).Where(pair => pair.First > 0).Sum(pair => pair.First / counts.Truths.Sum() * pair.Second))],
            "referee.pooled_mean_dice" => [all.Dice.Where(double.IsFinite).Average()],
            "referee.pooled_class_dice" => all.Dice,
            "class_iou_per_image" => [.. each.SelectMany(meter => meter.Result().ClassIoU.Select(iou => iou ?? double.NaN))],
            "mean_iou_per_image" => [.. each.Select(meter => meter.Result().MeanIoU)],
            "mean_class_accuracy_nanmean_per_image" => [.. matrices.Select(counts => counts.Hits.Zip(counts.Truths).Where(pair => pair.Second > 0).Average(pair => pair.First / pair.Second))],
            "pooled_class_iou" => [.. pooled.Result().ClassIoU.Select(iou => iou ?? double.NaN)],
            "pooled_mean_iou" => [pooled.Result().MeanIoU],
            "pooled_pixel_accuracy" => [pooled.Result().PixelAccuracy],
            _ => throw new InvalidOperationException($"Nobody knows the figure '{name}'."),
        };
    }

    // "plain" has the truth as it is, "ignore255" the one with that value in it
    private static ExactTensor Truth(IReadOnlyDictionary<string, ExactTensor> tensors, string variant)
    {
        var ignored = Regex.Match(variant, @"\d+$");
        var truths = tensors.Where(entry => entry.Key.StartsWith("input.ground_truth", StringComparison.Ordinal));
        return truths.Single(entry => ignored.Success ? entry.Key.EndsWith($"_{ignored.Value}", StringComparison.Ordinal) : entry.Key == "input.ground_truth").Value;
    }

    private static AccuracyMeter Meter(int classes, params (LabelMap Truth, LabelMap Prediction)[] pictures)
    {
        var meter = new AccuracyMeter(classes);
        foreach (var (truth, prediction) in pictures)
            meter.Add(truth, prediction);
        return meter;
    }

    private static LabelMap Picture(ExactTensor stack, int index)
    {
        var (height, width) = (stack.Shape[1], stack.Shape[2]);
        return new LabelMap(width, height, [.. stack.Values.Skip(index * height * width).Take(height * width).Select(value => (byte)value)]);
    }

    private static void AssertClose(string what, double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(expected[i].Equals(actual[i]) || Math.Abs(expected[i] - actual[i]) <= Tolerance, $"{what}[{i}]: is {actual[i]:r}, recorded was {expected[i]:r}");
    }

    private sealed class Counts
    {
        public Counts(AccuracyMeter meter, int classes)
        {
            Hits = [.. Enumerable.Range(0, classes).Select(c => (double)meter.Confusion(c, c))];
            Truths = [.. Enumerable.Range(0, classes).Select(c => Enumerable.Range(0, classes).Sum(k => (double)meter.Confusion(c, k)))];
            var predicted = Enumerable.Range(0, classes).Select(c => Enumerable.Range(0, classes).Sum(k => (double)meter.Confusion(k, c))).ToArray();
            Dice = [.. Hits.Select((hit, c) => 2 * hit / (Truths[c] + predicted[c]))];          // absent from both: 0 / 0
        }

        public double[] Hits { get; }

        public double[] Truths { get; }

        public double[] Dice { get; }
    }
}
