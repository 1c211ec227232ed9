namespace Niwaki.Vision.Tests;

public sealed class PredictionStatisticsTests
{
    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(5, 7, 14)]
    [InlineData(64, 64, 3)]
    [InlineData(13, 64, 40)]
    public void Small_maps_give_exactly_what_the_formulas_say(int height, int width, int classes)
    {
        var prediction = Random(height, width, classes);
        var statistics = prediction.Statistics();
        var (confidence, entropy, areas) = Slowly(prediction, 1, 1);
        Assert.Equal(confidence, statistics.Confidence!.Value, 5);
        Assert.Equal(entropy, statistics.Entropy!.Value, 5);
        Assert.Equal(areas, statistics.Areas.Select(area => (double)area), (one, two) => Math.Abs(one - two) < 1e-6);
        Assert.Equal(2 * Math.Min(classes, 32), statistics.Feature.Length);
        if (classes <= 32)
        {
            var plane = prediction.Scores.AsSpan(height * width, height * width).ToArray();
            Assert.Equal(plane.Average(), statistics.Feature[1], 4);
            Assert.Equal(Math.Sqrt(plane.Average(value => (value - plane.Average()) * (value - plane.Average()))), statistics.Feature[classes + 1], 4);
        }
    }

    [Fact]
    public void Large_maps_are_looked_at_on_a_grid()
    {
        var prediction = Random(130, 200, 4);
        var statistics = prediction.Statistics();
        var (confidence, entropy, _) = Slowly(prediction, 3, 4);
        Assert.Equal(confidence, statistics.Confidence!.Value, 5);
        Assert.Equal(entropy, statistics.Entropy!.Value, 5);
    }

    [Fact]
    public void Certainty_has_confidence_one_and_no_entropy_and_doubt_has_the_opposite()
    {
        var sure = new Prediction(2, 4, 4, [.. Enumerable.Repeat(50f, 16), .. new float[16]], []).Statistics();
        Assert.Equal((1, 0), (Math.Round(sure.Confidence!.Value, 6), Math.Round(sure.Entropy!.Value, 6)));
        var torn = new Prediction(2, 4, 4, new float[32], []).Statistics();
        Assert.Equal((0.5, 1), (Math.Round(torn.Confidence!.Value, 6), Math.Round(torn.Entropy!.Value, 6)));
    }

    [Fact]
    public void A_broken_engine_is_seen_as_numbers_that_are_none()
    {
        var scores = new float[3 * 8 * 8];
        scores[70] = float.NaN;
        Assert.False(new Prediction(3, 8, 8, scores, []).Statistics().IsFinite);
        scores[70] = float.PositiveInfinity;
        Assert.False(new Prediction(3, 8, 8, scores, []).Statistics().IsFinite);
        scores[70] = 1e30f;
        Assert.True(new Prediction(3, 8, 8, scores, []).Statistics().IsFinite);
    }

    [Fact]
    public void Labels_alone_give_areas_by_quarters_and_no_confidence()
    {
        byte[] labels = [.. Enumerable.Range(0, 16).Select(i => (byte)(i % 4 < 2 ? 0 : 1))];
        var statistics = new Prediction(3, 4, 4, [], labels).Statistics();
        Assert.Null(statistics.Confidence);
        Assert.Null(statistics.Entropy);
        Assert.Equal([0.5f, 0.5f, 0], statistics.Areas);
        Assert.Equal([1f, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0], statistics.Feature);
    }

    private static Prediction Random(int height, int width, int classes)
    {
        var random = new Random(height * width + classes);
        return new Prediction(classes, height, width, [.. Enumerable.Range(0, classes * height * width).Select(_ => (float)(random.NextDouble() * 12 - 6))], []);
    }

    private static (double Confidence, double Entropy, double[] Areas) Slowly(Prediction prediction, int rowStep, int columnStep)
    {
        double confidence = 0, entropy = 0, pixels = 0;
        var areas = new double[prediction.Classes];
        for (var y = 0; y < prediction.Height; y += rowStep)
        {
            for (var x = 0; x < prediction.Width; x += columnStep, pixels++)
            {
                var powers = Enumerable.Range(0, prediction.Classes).Select(c => Math.Exp(prediction.Scores[(c * prediction.Height + y) * prediction.Width + x])).ToArray();
                var chances = powers.Select(power => power / powers.Sum()).ToArray();
                confidence += chances.Max();
                entropy -= chances.Sum(chance => chance * Math.Log(chance)) / Math.Log(prediction.Classes);
                areas[Array.IndexOf(chances, chances.Max())]++;
            }
        }

        return (confidence / pixels, entropy / pixels, [.. areas.Select(area => area / pixels)]);
    }
}
