using System.Diagnostics;
using System.Globalization;
using Niwaki.Torch;
using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Bench;

/// <summary>
/// Images per second of one training loop, as one writes it first on TorchSharp (glibc's allocation, pictures loaded between the
/// steps, rows by channel, <c>interpolate</c>, TorchSharp's AdamW) and as Niwaki runs it, on the same network, batch and pictures.
/// </summary>
internal static class TrainingThroughput
{
    private const int WarmUp = 3;
    private const int Steps = 15;

    /// <summary>One process: prints images per second.</summary>
    public static void Measure(bool plain, string model, int size, int batch, TextWriter output)
    {
        using var network = Network.Create(Presets.Architecture(model, LpcvClasses.All.Count), size, size, 1);
        using var optimizer = torch.optim.AdamW(network.Parameters.Select(parameter => parameter.Tensor), 1e-3);
        var set = new JpegSet(new SyntheticDataSource { Width = size, Height = size, Train = 64 }.Open(Split.Train));
        var preprocess = new Preprocess(size, size);
        using var loader = new BatchLoader(set, preprocess, new BatchLoaderOptions { Batch = batch, Seed = 1, Augmentation = new Augmentation() });
        var clock = new Stopwatch();
        for (var step = 0; step < WarmUp + Steps; step++)
        {
            if (step == WarmUp)
                clock.Start();
            using var scope = torch.NewDisposeScope();
            var (images, labels) = plain ? Synchronous(set, preprocess, size, batch, step) : Prefetched(loader, size);
            var logits = plain
                ? network.Architecture.Forward(new PlainOps(new TorchOps(network, new ForwardOptions { Training = true })), images)
                : network.Forward(images, new ForwardOptions { Training = true });
            var full = plain ? torch.nn.functional.interpolate(logits, [size, size], mode: torch.InterpolationMode.Bilinear, align_corners: false) : Maps.Resize(logits, size, size);
            var loss = torch.nn.functional.cross_entropy(full, labels, ignore_index: LabelMap.Ignore);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Steps * batch / clock.Elapsed.TotalSeconds:0.00}"));
    }

    private static (torch.Tensor Images, torch.Tensor Labels) Prefetched(BatchLoader loader, int size)
    {
        using var batch = loader.Next();
        return Tensors(batch.Images, batch.Labels, batch.Count, size);
    }

    private static (torch.Tensor Images, torch.Tensor Labels) Synchronous(JpegSet set, Preprocess preprocess, int size, int batch, int step)
    {
        var augmentation = new Augmentation();
        var images = new float[batch * 3 * size * size];
        var labels = new byte[batch * size * size];
        for (var i = 0; i < batch; i++)
        {
            var index = ((step * batch) + i) % set.Count;
            augmentation.Apply(set.Load(index), preprocess, index, images.AsSpan(i * 3 * size * size, 3 * size * size), labels.AsSpan(i * size * size, size * size));
        }

        return Tensors(images, labels, batch, size);
    }

    private static (torch.Tensor Images, torch.Tensor Labels) Tensors(float[] images, byte[] labels, int batch, int size) =>
        (TensorCopies.FloatsOf(images, [batch, 3, size, size]), TensorCopies.LabelsOf(labels, [batch, size, size]));
}
