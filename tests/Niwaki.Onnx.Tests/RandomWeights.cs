namespace Niwaki.Onnx.Tests;

/// <summary>Weights with which every part of a network shows in its output.</summary>
internal static class RandomWeights
{
    public static IReadOnlyDictionary<string, Weight> Of(Architecture architecture, int height, int width, int seed = 1)
    {
        var random = new Random(seed);
        return ParameterOps.Of(architecture, height, width).ToDictionary(spec => spec.Name, spec => Make(spec, random), StringComparer.Ordinal);
    }

    public static float[] Image(Shape shape, int seed = 2)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Elements).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    private static Weight Make(ParameterSpec spec, Random random)
    {
        var values = new float[spec.Shape.Elements];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = spec.Role switch
            {
                ParameterRole.ConvWeight or ParameterRole.LinearWeight => Normal(0, 1 / Math.Sqrt(spec.FanIn)),
                ParameterRole.NormWeight => Normal(1, 0.2),
                ParameterRole.RunningVariance => 0.5f + random.NextSingle(),
                ParameterRole.PositionBias or ParameterRole.Embedding => Normal(0, 0.5),
                _ => Normal(0, 0.1),
            };
        }

        return new Weight(spec.Shape, values);

        float Normal(double mean, double deviation) =>
            (float)(mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
    }
}
