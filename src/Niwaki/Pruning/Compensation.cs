namespace Niwaki;

/// <summary>Makes up for what a cut takes away on average.</summary>
public static class Compensation
{
    /// <summary>
    /// The dense weights with the mean of every cut channel moved into the layers that read it: <c>b' = b + W[:, R] μ_R</c> (VBP, ICCV
    /// 2025), or the mean of the BatchNorm that follows lowered by as much. A cut channel then stands at its mean instead of at zero.
    /// Layers with neither a bias nor a BatchNorm stay as they are; at the zeros that pad a convolution it is an approximation.
    /// </summary>
    /// <param name="graph">The dense network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="cut">What goes.</param>
    /// <param name="means">By layer the mean of each of its input channels.</param>
    public static IReadOnlyDictionary<string, Weight> Compensate(this ChannelGraph graph, IReadOnlyDictionary<string, Weight> weights, ChannelCut cut, IReadOnlyDictionary<string, double[]> means)
    {
        var shifts = new Dictionary<string, double[]>(StringComparer.Ordinal);
        foreach (var (name, kept) in cut.Kept)
        {
            var group = graph[name];
            var stays = kept.ToHashSet();
            foreach (var slice in group.Slices.Where(slice => slice.Reads))
            {
                var layer = slice.Parameter[..slice.Parameter.LastIndexOf('.')];
                var weight = weights[slice.Parameter];
                if (!shifts.TryGetValue(layer, out var shift))
                    shifts[layer] = shift = new double[weight.Shape[0]];
                Add(shift, weight, means[layer], [.. slice.Units.Select(unit => unit >= 0 && !stays.Contains(unit))]);
            }
        }

        var result = new Dictionary<string, Weight>(weights, StringComparer.Ordinal);
        foreach (var (layer, shift) in shifts)
        {
            if (weights.TryGetValue($"{layer}.bias", out var bias))
                result[$"{layer}.bias"] = bias with { Values = [.. bias.Values.Zip(shift, (value, by) => (float)(value + by))] };
            else if (graph.Norms.TryGetValue(layer, out var norm) && weights[$"{norm}.running_mean"] is { } mean)
                result[$"{norm}.running_mean"] = mean with { Values = [.. mean.Values.Zip(shift, (value, by) => (float)(value - by))] };
        }

        return result;
    }

    private static void Add(double[] shift, Weight weight, double[] means, bool[] gone)
    {
        var area = (int)(weight.Shape.Elements / (weight.Shape[0] * weight.Shape[1]));
        for (var output = 0; output < shift.Length; output++)
        {
            for (var input = 0; input < gone.Length; input++)
            {
                if (!gone[input])
                    continue;
                double sum = 0;
                foreach (var value in weight.Values.AsSpan(((output * gone.Length) + input) * area, area))
                    sum += value;
                shift[output] += sum * means[input];
            }
        }
    }
}
