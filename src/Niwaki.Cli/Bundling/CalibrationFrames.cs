using Niwaki.Vision;

namespace Niwaki.Cli;

/// <summary>Runs models over validation pictures: what a bundle compares its device with.</summary>
internal sealed class CalibrationFrames
{
    // pictures in a window, four windows: fewer say nothing of drift
    private const int LeastWindow = 8;

    private readonly StageContext context;
    private readonly ISampleSet set;

    public CalibrationFrames(ISampleSet set, StageContext context) => (this.set, this.context) = (set, context);

    /// <summary>The statistics of up to <paramref name="most"/> pictures, spread evenly over the set.</summary>
    public FrameStatistics[] Of(OnnxModel model, int most)
    {
        var preprocess = model.Preprocess(context.Vocabulary);
        using var segmenter = Engine.For(model, context.Vocabulary).Open(model, context.Vocabulary, Environment.ProcessorCount);
        var input = new float[segmenter.Input.Elements];
        var count = Math.Min(set.Count, most);
        var frames = new FrameStatistics[count];
        for (var i = 0; i < count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            preprocess.Apply(set.Load(Place(i, count)).Image, input);
            frames[i] = segmenter.Run(input).Statistics();
            context.Log.Progress("reference", i + 1, count, "statistics of validation pictures");
        }

        return frames;
    }

    /// <summary>The reference of the serving model, with the float model's beside it.</summary>
    public DriftReference? Reference(OnnxModel model, OnnxModel? exact, DriftCalibration calibration, int most)
    {
        var fitting = calibration with { Window = Math.Min(calibration.Window, Math.Min(set.Count, most) / 4) };
        if (fitting.Window < LeastWindow)
        {
            context.Log.Say($"{Math.Min(set.Count, most)} validation pictures are too few for reference statistics (at least {4 * LeastWindow}): the device cannot watch for drift.");
            return null;
        }

        if (fitting.Window < calibration.Window)
            context.Log.Say($"{Math.Min(set.Count, most)} validation pictures: windows have {fitting.Window} frames in place of {calibration.Window}.");
        var frames = Of(model, most);
        var reference = fitting.Of(frames, context.Seed);
        if (exact is null)
            return reference;
        var exactReference = fitting.Of(Of(exact, most), context.Seed);
        return reference with { Float = exactReference, QuantizationShift = new DriftComparison(exactReference).Of(frames) };
    }

    /// <summary>Golden pictures: their files and how the model labels them here.</summary>
    public (IReadOnlyList<GoldenPicture> Golden, IReadOnlyList<BundleContent> Files) Golden(OnnxModel model, int count)
    {
        var preprocess = model.Preprocess(context.Vocabulary);
        using var segmenter = Engine.For(model, context.Vocabulary).Open(model, context.Vocabulary, threads: 1);
        var (golden, files) = (new List<GoldenPicture>(), new List<BundleContent>());
        count = Math.Min(count, set.Count);
        for (var i = 0; i < count; i++)
        {
            var sample = set.Load(Place(i, count));
            var prediction = segmenter.Run(preprocess.Apply(sample.Image));
            var name = $"golden/{i:000}";
            golden.Add(new GoldenPicture($"{name}.png", $"{name}.labels.png", prediction.Statistics().Confidence, sample.Labels is null ? null : $"{name}.truth.png"));
            files.Add(BundleContent.OfBytes($"{name}.png", ImageCodec.EncodePng(sample.Image)));
            files.Add(BundleContent.OfBytes($"{name}.labels.png", ImageCodec.EncodePng(preprocess.Restore(prediction, sample.Image.Width, sample.Image.Height))));
            if (sample.Labels is { } truth)
                files.Add(BundleContent.OfBytes($"{name}.truth.png", ImageCodec.EncodePng(truth)));
        }

        return (golden, files);
    }

    private int Place(int index, int count) => (int)((long)index * set.Count / count);
}
