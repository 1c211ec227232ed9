using TorchSharp;

namespace Niwaki.Torch;

/// <summary>The weighted sum of losses on labels.</summary>
internal sealed class LabelLoss(IEnumerable<Loss> losses, ISampleSet set, int classes)
{
    private const int CountedPictures = 500;

    private readonly IReadOnlyList<Loss> losses = [.. losses.Where(loss => loss.Weight > 0).Select(loss => loss.Fitted(() => Frequencies(set, classes)))];

    public bool IsEmpty => losses.Count == 0;

    /// <summary>As <see cref="Training.AuxiliaryWeight"/>.</summary>
    public double AuxiliaryWeight { get; init; }

    /// <summary>Whether the outputs of an auxiliary head have to be there.</summary>
    public bool ReadsAuxiliary => AuxiliaryWeight > 0 && !IsEmpty;

    /// <param name="outputs">The logits, and those of an auxiliary head, each <c>[B, C, h, w]</c> at any size.</param>
    /// <param name="labels"><c>[B, H, W]</c>.</param>
    /// <param name="log">Takes each loss, without its weight, where there are several, and the sum for the auxiliary head.</param>
    public torch.Tensor Of(IReadOnlyList<torch.Tensor> outputs, torch.Tensor labels, Action<string, double> log)
    {
        var total = Of(outputs[0], labels, log);
        if (outputs.Count == 1)
            return total;
        using var scope = torch.NewDisposeScope();
        var auxiliary = Of(outputs[1], labels, (_, _) => { });
        log("loss/auxiliary", auxiliary.ToDouble());
        return total.add(auxiliary.mul(AuxiliaryWeight)).MoveToOuterDisposeScope();
    }

    /// <param name="logits"><c>[B, C, h, w]</c> at any size.</param>
    /// <param name="labels"><c>[B, H, W]</c>.</param>
    /// <param name="log">Takes each loss, without its weight, where there are several.</param>
    public torch.Tensor Of(torch.Tensor logits, torch.Tensor labels, Action<string, double> log)
    {
        using var scope = torch.NewDisposeScope();
        var full = Maps.Resize(logits, (int)labels.shape[1], (int)labels.shape[2]);
        torch.Tensor? total = null;
        foreach (var loss in losses)
        {
            var value = loss.Of(full, labels);
            if (losses.Count > 1)
                log($"loss/{Catalog.NameOf(loss.GetType(), typeof(Loss))}", value.ToDouble());
            var weighted = value.mul(loss.Weight);
            total = total is null ? weighted : total.add(weighted);
        }

        return (total ?? throw new InvalidOperationException("There is no loss.")).MoveToOuterDisposeScope();
    }

    private static double[] Frequencies(ISampleSet set, int classes)
    {
        var pictures = Math.Min(set.Count, CountedPictures);
        var counts = new IReadOnlyList<long>[pictures];
        Concurrent.For(pictures, i => counts[i] = set.ClassPixels((int)((long)i * set.Count / pictures)));
        var sums = new double[classes];
        foreach (var each in counts)
        {
            for (var value = 0; value < Math.Min(classes, each.Count); value++)
                sums[value] += each[value];
        }

        var total = Math.Max(1, sums.Sum());
        return [.. sums.Select(sum => sum / total)];
    }
}
