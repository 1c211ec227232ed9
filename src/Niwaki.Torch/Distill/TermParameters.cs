using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary>The parameters of an objective, by name. Starting values as PyTorch's layers have them: uniform in ±1/sqrt(fan-in).</summary>
internal sealed class TermParameters(int seed) : IDisposable
{
    private readonly List<KeyValuePair<string, Parameter>> all = [];

    public IReadOnlyList<KeyValuePair<string, Parameter>> All => all;

    /// <summary>A linear map of channels, <c>[width, from]</c> with bias.</summary>
    public (Parameter Weight, Parameter Bias) Linear(string name, int from, int width) =>
        (Add($"{name}.weight", new Shape(width, from), from), Add($"{name}.bias", new Shape(width), from));

    /// <summary>A 3 x 3 convolution with bias.</summary>
    public (Parameter Weight, Parameter Bias) Conv(string name, int channels) =>
        (Add($"{name}.weight", new Shape(channels, channels, 3, 3), 9 * channels), Add($"{name}.bias", new Shape(channels), 9 * channels));

    /// <summary>Zeros.</summary>
    public Parameter Token(string name, int channels) => Add(name, new Shape(1, 1, channels), 0);

    /// <summary>Sets all values, for a comparison with reference numbers.</summary>
    public void Set(IReadOnlyDictionary<string, Weight> values)
    {
        foreach (var (name, parameter) in all)
            parameter.SetTo(values[name]);
    }

    public void Dispose()
    {
        foreach (var (_, parameter) in all)
            parameter.Dispose();
    }

    private Parameter Add(string name, Shape shape, int fanIn)
    {
        using var free = torch.NewDisposeScope();
        var random = new Random((int)Seeds.Of(seed, all.Count));
        var bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
        var values = new float[shape.Elements];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
        var parameter = new Parameter(TensorCopies.FloatsOf(values, [.. shape.Dimensions.Select(size => (long)size)]), requires_grad: true).DetachFromDisposeScope();
        all.Add(KeyValuePair.Create(name, (Parameter)parameter));
        return (Parameter)parameter;
    }
}
