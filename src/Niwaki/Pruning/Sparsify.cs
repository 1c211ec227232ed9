using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>
/// Sets the smallest weights of convolutions and linear layers to zero. The network keeps its shape: it becomes smaller when it is
/// compressed and faster only where a runtime skips zeros, so that only the sparsity is reported. A training afterwards fills the zeros again.
/// </summary>
/// <param name="Share">The share of weights that become zero, between 0 and 1. The pattern two-of-four needs 0.5.</param>
public sealed record Sparsify(double Share) : Stage<TorchModel, TorchModel>
{
    /// <summary>Which weights may be zero: any (unstructured), or two of every four neighbours along the input channels (two-of-four), as sparse tensor cores need it.</summary>
    public SparsityPattern Pattern { get; init; } = SparsityPattern.Unstructured;

    /// <summary>Whether every layer loses the same share; otherwise one threshold holds for all, after each layer's weights are divided by their root mean square.</summary>
    public bool PerLayer { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => false;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (!(Share > 0 && Share < 1))
            throw new StageException($"sparsify: share is {Share}, but a share between 0 and 1 is needed, such as 0.5.");
        if (Pattern == SparsityPattern.TwoOfFour && Share != 0.5)
            throw new StageException($"sparsify: share is {Share}, but two of four are half: give 0.5 with the pattern two-of-four.");
    }

    /// <inheritdoc/>
    protected override void Run(TorchModel input, StageContext context)
    {
        var vocabulary = context.Vocabulary;
        var architecture = input.Architecture(vocabulary);
        var preprocess = input.Preprocess(vocabulary);
        var weights = new Dictionary<string, Weight>(input.Weights(vocabulary), StringComparer.Ordinal);
        string[] names = [.. ParameterOps.Of(architecture, preprocess.Height, preprocess.Width).Where(spec => spec.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight).Select(spec => spec.Name)];
        var threshold = Pattern == SparsityPattern.Unstructured && !PerLayer ? Quantile([.. names.SelectMany(name => Relative(weights[name]))], Share) : 0;
        foreach (var name in names)
        {
            weights[name] = Pattern == SparsityPattern.TwoOfFour ? TwoOfFour(weights[name])
                : PerLayer ? Below(weights[name], weight => [.. weight.Values.Select(Math.Abs)], Quantile([.. weights[name].Values.Select(Math.Abs)], Share))
                : Below(weights[name], Relative, threshold);
        }

        var layers = names.Select(name => new LayerSparsity(name, weights[name].Values.Length, weights[name].Values.Count(value => value == 0))).ToArray();
        var total = layers.Sum(layer => (long)layer.Weights);
        var zeros = layers.Sum(layer => (long)layer.Zeros);
        context.Log.Say($"{zeros:#,0} of {total:#,0} weights in {layers.Length} layers are zero ({zeros / (double)total:0.0 %}); between {layers.Min(layer => layer.Share):0.0 %} and {layers.Max(layer => layer.Share):0.0 %} of a layer");
        if (layers.Count(layer => layer.Zeros == 0) is > 0 and var whole && Pattern == SparsityPattern.TwoOfFour)
            context.Log.Say($"{whole} layers stay as they are: their input channels are no multiple of four");
        ModelFiles.WriteNetwork(context.OutputFolder, architecture, weights, preprocess, input.Classes(vocabulary), vocabulary);
        AtomicFile.WriteText(context.PathOf(LayerSparsity.File), vocabulary.Write(layers));
    }

    private static float[] Relative(Weight weight)
    {
        var scale = Math.Sqrt(weight.Values.Average(value => (double)value * value));
        return [.. weight.Values.Select(value => scale > 0 ? (float)(Math.Abs(value) / scale) : 0)];
    }

    private static float Quantile(float[] sizes, double share)
    {
        Array.Sort(sizes);
        return sizes[Math.Min(sizes.Length - 1, (int)(sizes.Length * share))];
    }

    private static Weight Below(Weight weight, Func<Weight, float[]> sizes, float threshold) =>
        weight with { Values = [.. weight.Values.Zip(sizes(weight), (value, size) => size < threshold ? 0 : value)] };

    private static Weight TwoOfFour(Weight weight)
    {
        var inputs = weight.Shape[1];
        if (inputs % 4 != 0)
            return weight;
        var area = (int)(weight.Shape.Elements / (weight.Shape[0] * inputs));
        var values = (float[])weight.Values.Clone();
        Span<int> places = stackalloc int[4];
        Span<float> sizes = stackalloc float[4];
        for (var four = 0; four < values.Length / 4; four++)
        {
            var first = (four / area * 4 * area) + (four % area);
            for (var i = 0; i < 4; i++)
            {
                places[i] = first + (i * area);
                sizes[i] = Math.Abs(values[places[i]]);
            }

            sizes.Sort(places);
            values[places[0]] = values[places[1]] = 0;
        }

        return weight with { Values = values };
    }
}

/// <summary>Where zeros may be.</summary>
public enum SparsityPattern
{
    /// <summary>Anywhere.</summary>
    Unstructured,

    /// <summary>Two of every four neighbours along the input channels.</summary>
    TwoOfFour,
}

/// <summary>The zeros of one layer.</summary>
/// <param name="Name">Its weight.</param>
/// <param name="Weights">How many numbers it has.</param>
/// <param name="Zeros">How many of them are zero.</param>
public sealed record LayerSparsity(string Name, int Weights, int Zeros)
{
    /// <summary>The file of a sparse model that lists its layers.</summary>
    public const string File = "sparsity.json";

    /// <summary>The share of zeros.</summary>
    [JsonIgnore]
    public double Share => Zeros / (double)Weights;
}
