namespace Niwaki.Vision;

/// <summary>Labels validation pictures and counts what is right.</summary>
internal static class AccuracyRun
{
    public static Accuracy Of(Measure options, ISegmenter segmenter, Preprocess preprocess, ISampleSet set, IReadOnlyList<ClassInfo> classes, StageContext context)
    {
        var meter = new AccuracyMeter(classes.Count);
        var input = new float[segmenter.Input.Elements];
        var count = Math.Min(set.Count, options.Images ?? int.MaxValue);
        long ignored = 0, all = 0;
        for (var i = 0; i < count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            var sample = set.Load(i);
            var truth = sample.Labels ?? throw new StageException($"{sample.Id}: has no mask, so that nothing can be measured against it. Measure on a dataset with masks.");
            preprocess.Apply(sample.Image, input);
            var labels = preprocess.Restore(segmenter.Run(input), truth.Width, truth.Height);
            if (labels.Labels.AsSpan().IndexOfAnyInRange((byte)classes.Count, byte.MaxValue) is >= 0 and var at)
                throw new StageException($"The model labels a pixel of {sample.Id} {labels.Labels[at]}, but its {IModel.ClassesFile} lists {classes.Count} classes. The graph does not belong to that list.");
            meter.Add(truth, labels);
            ignored += truth.Labels.AsSpan().Count(LabelMap.Ignore);
            all += truth.Labels.Length;
            if (i < options.Samples)
                AtomicFile.WriteBytes(context.PathOf(Path.Combine(Measure.SamplesFolder, $"{i:00}.png")), ImageCodec.EncodePng(labels));
            context.Log.Progress("accuracy", i + 1, count, $"mean IoU {meter.Result().MeanIoU:0.000}");
        }

        Remark(meter, classes, ignored, all, context.Log);
        return meter.Result();
    }

    /// <summary>Says what makes a figure mean less than it seems.</summary>
    private static void Remark(AccuracyMeter meter, IReadOnlyList<ClassInfo> classes, long ignored, long all, IStageLog log)
    {
        var absent = Enumerable.Range(0, classes.Count).Where(c => Enumerable.Range(0, classes.Count).All(k => meter.Confusion(c, k) == 0)).Select(c => classes[c].Name).ToArray();
        if (absent.Length > 0)
            log.Say($"Never in these masks: {string.Join(", ", absent)}. Such a class has no IoU, or 0 where the model labels it all the same.");
        if (ignored > all / 4)
            log.Say($"{100.0 * ignored / all:0} % of the pixels are {LabelMap.Ignore} and count nowhere. Masks of 0 and 255 for \"no\" and \"yes\" have to be rewritten as 0 and 1.");
    }
}
