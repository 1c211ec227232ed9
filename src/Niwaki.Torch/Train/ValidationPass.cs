using System.Runtime.InteropServices;
using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Accuracy on the validation split, as the measure stage computes it, with pictures loaded beside the network.</summary>
internal sealed class ValidationPass(ISampleSet samples, Preprocess preprocess, int classes, Training options)
{
    private readonly CachedSampleSet set = samples as CachedSampleSet ?? new(samples, new Bytes(256L << 20));

    /// <summary>Pictures of each validation.</summary>
    public int Pictures { get; } = Math.Min(samples.Count, options.ValidationImages);

    /// <returns><see langword="null"/> where it was asked to stop.</returns>
    public Accuracy? Run(Network network, CancellationToken cancel)
    {
        using var still = torch.no_grad();
        var forward = new ForwardOptions { Precision = options.Precision };
        var meter = new AccuracyMeter(classes);
        for (var first = 0; first < Pictures; first += options.Batch)
        {
            if (cancel.IsCancellationRequested)
                return null;
            using var free = torch.NewDisposeScope();
            var count = Math.Min(options.Batch, Pictures - first);
            var samples = new Sample[count];
            var plane = 3 * preprocess.Height * preprocess.Width;
            var values = new float[count * plane];
            Concurrent.For(count, i =>
            {
                samples[i] = set.Load((int)((long)(first + i) * set.Count / Pictures));
                preprocess.Apply(samples[i].Image, values.AsSpan(i * plane, plane));
            });

            var logits = network.Forward(TensorCopies.FloatsOf(values, [count, 3, preprocess.Height, preprocess.Width]), forward).contiguous();
            var (height, width) = ((int)logits.shape[2], (int)logits.shape[3]);
            var scores = MemoryMarshal.Cast<byte, float>(logits.bytes).ToArray();
            var area = classes * height * width;
            var labels = new LabelMap[count];
            Concurrent.For(count, i =>
            {
                var prediction = new Prediction(classes, height, width, scores.AsSpan(i * area, area).ToArray(), []);
                labels[i] = preprocess.Restore(prediction, samples[i].Image.Width, samples[i].Image.Height);
            });
            for (var i = 0; i < count; i++)
                meter.Add(samples[i].Labels ?? throw new StageException($"{samples[i].Id}: has no mask, so it cannot validate. Give it one or take it out of the validation split."), labels[i]);
        }

        return meter.Result();
    }
}
