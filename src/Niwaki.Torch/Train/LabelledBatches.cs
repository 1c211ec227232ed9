using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Batches as tensors, with a count of what they held.</summary>
internal sealed class LabelledBatches(ISampleSet set, Preprocess preprocess, BatchLoaderOptions options, IReadOnlyList<ClassInfo> classes, IStageLog log) : IDisposable
{
    private BatchLoader? loader;
    private long batches;
    private bool told;

    /// <summary>Pixels of each class so far.</summary>
    public long[] ClassPixels { get; set; } = new long[classes.Count];

    public double WaitShare => loader?.WaitShare ?? 0;

    public void Open(long firstBatch)
    {
        loader?.Dispose();
        loader = new BatchLoader(set, preprocess, options with { FirstStep = firstBatch });
        batches = firstBatch;
        told = batches * options.Batch >= set.Count;
    }

    /// <summary>Images <c>[B, 3, H, W]</c> and labels <c>[B, H, W]</c> in the current dispose scope.</summary>
    public (torch.Tensor Images, torch.Tensor Labels) Next()
    {
        using var batch = (loader ?? throw new InvalidOperationException("Open comes first.")).Next();
        Count(batch);
        return (
            TensorCopies.FloatsOf(batch.Images, [batch.Count, 3, batch.Height, batch.Width]),
            TensorCopies.LabelsOf(batch.Labels, [batch.Count, batch.Height, batch.Width]));
    }

    public void Dispose() => loader?.Dispose();

    private void Count(Batch batch)
    {
        Span<long> counts = stackalloc long[256];
        counts.Clear();
        foreach (var label in batch.Labels.AsSpan(0, batch.Count * batch.Height * batch.Width))
            counts[label]++;
        for (var value = classes.Count; value < LabelMap.Ignore; value++)
        {
            if (counts[value] > 0)
                throw new StageException($"A mask of the training split holds the value {value}, but there are {classes.Count} classes (0 to {classes.Count - 1}; {LabelMap.Ignore} is ignored). Mend the mask or classes.json.");
        }

        for (var value = 0; value < classes.Count; value++)
            ClassPixels[value] += counts[value];
        batches++;
        if (told || batches * options.Batch < set.Count)
            return;
        told = true;
        var missing = Enumerable.Range(0, classes.Count).Where(value => ClassPixels[value] == 0).ToArray();
        if (missing.Length == classes.Count)
            throw new StageException($"None of the first {batches * options.Batch} training pictures has a labelled pixel. Check that the masks hold class indices.");
        if (missing.Length > 0)
            log.Say($"Classes that never occurred in the first {batches * options.Batch} training pictures, and so cannot be learned from them: {string.Join(", ", missing.Select(value => classes[value].Name))}.");
    }
}
