namespace Niwaki.Onnx;

// biases that attention need not add to every token
internal sealed partial class OnnxOps
{
    private readonly Dictionary<string, string> biased = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> bare = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Value> shifted = new(StringComparer.Ordinal);

    // a linear layer without its bias, and the bias
    private (Value Value, float[]? Bias) WithoutBias(Value value)
    {
        if (value is not { Pending: null, Shift: null } || !biased.TryGetValue(value.Name, out var layer))
            return (value, null);
        if (!bare.TryGetValue(value.Name, out var name))
            bare[value.Name] = name = graph.Again(value.Name, inputs: 2);
        return (value with { Name = name }, weights[$"{layer}.bias"].Values);
    }

    // bias + weight * shift
    private string ShiftedBias(string name, int width, bool bias, float[] shift)
    {
        var matrix = weights[$"{name}.weight"].Values;
        var values = new float[width];
        for (var row = 0; row < width; row++)
        {
            var sum = bias ? (double)weights[$"{name}.bias"].Values[row] : 0;
            for (var i = 0; i < shift.Length; i++)
                sum += (double)matrix[(row * shift.Length) + i] * shift[i];
            values[row] = (float)sum;
        }

        return graph.Floats($"{name}.bias", new Shape(width), values);
    }

    private Value Shifted(Value value, float[] shift)
    {
        if (!shifted.TryGetValue(value.Name, out var found))
        {
            var flat = As(value, Flat(value));
            var bias = graph.Floats($"{value.Layer}.shift", new Shape(shift.Length), shift);
            shifted[value.Name] = found = flat with { Name = graph.Node("Add", $"{value.Layer}.shifted", [flat.Name, bias]) };
        }

        return found with { Shape = value.Shape, Layer = value.Layer };
    }
}
