using System.Text.Json.Serialization;
using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// Importances from the gradient of the cross-entropy on calibration pictures. With g = Σ w·∂L/∂w over all weights that read a unit,
/// -g is to first order how much the loss grows when the unit is zero at every place where it is read, which is what cutting does.
/// </summary>
public abstract record GradientImportance : Importance
{
    /// <summary>Calibration pictures from the training split; more make the ranking steadier.</summary>
    public int Pictures { get; init; } = 64;

    /// <inheritdoc/>
    [JsonIgnore]
    public sealed override bool ReadsData => true;

    /// <summary>Pictures whose gradient is taken at once.</summary>
    private protected abstract int Together { get; }

    /// <inheritdoc/>
    protected internal sealed override void Validate()
    {
        if (Pictures < 1)
            throw new StageException($"prune: importance.pictures is {Pictures}, but at least 1 calibration picture is needed.");
        if (Together < 1)
            throw new StageException($"prune: importance.batch is {Together}, but at least 1 picture is needed.");
    }

    /// <inheritdoc/>
    protected internal sealed override void Require(Architecture architecture, StageContext context)
    {
        context.RequireData();
        if (architecture.Head is LinearHead)
            throw new StageException("prune: the importance needs labelled pixels, but the model ends in a linear head, which labels whole pictures. Use the magnitude importance.");
    }

    /// <inheritdoc/>
    protected internal sealed override IReadOnlyList<double[]> Scores(ImportanceRequest request)
    {
        var (graph, groups, weights, preprocess, context) = request;
        using var network = Network.Of(graph.Architecture, graph.Height, graph.Width, weights);
        var readers = groups.SelectMany(group => group.Slices).Where(slice => slice.Reads).Select(slice => slice.Parameter).Distinct().Order(StringComparer.Ordinal).ToArray();
        var sums = groups.Select(group => new double[group.Units]).ToArray();
        var batches = (Pictures + Together - 1) / Together;
        using var loader = new BatchLoader(context.RequireData().Open(Split.Train), preprocess, new BatchLoaderOptions { Batch = Together, Seed = context.Seed });
        var counted = 0;
        for (var i = 0; i < batches; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            using var batch = loader.Next();
            context.Log.Progress("calibrate importance", i, batches);
            if (Gradients(network, readers, batch) is not { } gradients)
                continue;
            counted++;
            for (var g = 0; g < groups.Count; g++)
                Add(sums[g], groups[g], gradients);
        }

        context.Log.Progress("calibrate importance", batches, batches);
        return counted > 0
            ? [.. sums.Select(each => (double[])[.. each.Select(sum => sum / counted)])]
            : throw new StageException($"prune: none of the {batches * Together} calibration pictures has a labelled pixel. Check the masks, or use the magnitude importance.");
    }

    /// <summary>What one batch says of a unit.</summary>
    /// <param name="gradient">Σ w·∂L/∂w over the weights that read it.</param>
    private protected abstract double Measure(double gradient);

    private void Add(double[] sums, ChannelGroup group, Dictionary<(string, int), float[]> gradients)
    {
        var total = new double[group.Units];
        foreach (var slice in group.Slices.Where(slice => slice.Reads))
            slice.AddTo(total, gradients[(slice.Parameter, slice.Axis)]);
        for (var unit = 0; unit < total.Length; unit++)
            sums[unit] += Measure(total[unit]);
    }

    // w·∂L/∂w, summed over everything but the axis of the inputs; null where no pixel is labelled
    private static Dictionary<(string, int), float[]>? Gradients(Network network, string[] readers, Batch batch)
    {
        using var scope = torch.NewDisposeScope();
        var classes = network.Architecture.Classes;
        var known = false;
        foreach (var label in batch.Labels.AsSpan(0, batch.Count * batch.Height * batch.Width))
        {
            known |= label != LabelMap.Ignore;
            if (label >= classes && label != LabelMap.Ignore)
                throw new StageException($"prune: a mask of the training split has the value {label}, but the model has {classes} classes (0 to {classes - 1}; {LabelMap.Ignore} is ignored). Give the dataset that the model was trained on.");
        }

        if (!known)
            return null;
        var images = TensorCopies.FloatsOf(batch.Images, [batch.Count, 3, batch.Height, batch.Width]);
        var target = TensorCopies.LabelsOf(batch.Labels, [batch.Count, batch.Height, batch.Width]);
        var logits = Maps.Resize(network.Forward(images), batch.Height, batch.Width);
        var loss = torch.nn.functional.cross_entropy(logits, target, ignore_index: LabelMap.Ignore);
        if (!double.IsFinite(loss.item<float>()))
            throw new StageException("prune: the loss on calibration pictures is not a finite number, so the model's weights are damaged. Train it again.");
        var tensors = readers.Select(name => network[name]).ToArray();
        var gradients = torch.autograd.grad([loss], tensors);
        var result = new Dictionary<(string, int), float[]>();
        for (var i = 0; i < readers.Length; i++)
        {
            long[] others = [.. Enumerable.Range(0, (int)tensors[i].dim()).Where(axis => axis != 1).Select(axis => (long)axis)];
            result[(readers[i], 1)] = tensors[i].detach().mul(gradients[i]).sum(others).data<float>().ToArray();
        }

        return result;
    }
}
