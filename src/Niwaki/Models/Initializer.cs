namespace Niwaki;

/// <summary>
/// Starting values. Convolutions: Kaiming normal over the outputs (arXiv:1502.01852); linear layers: Xavier normal
/// (Glorot and Bengio 2010); biases of both: uniform within 1/sqrt(fan-in), so that an empty picture region is not a zero vector, through
/// which the gradient of every LayerNorm would grow without bound; tokens, positions and bias tables: normal with 0.02; norms: one and zero;
/// scales of cosine attention: 10 (arXiv:2111.09883). Each tensor follows from the seed
/// and its own name, so equal layers of different networks start equally.
/// </summary>
public static class Initializer
{
    private const double EmbeddingDeviation = 0.02;

    /// <summary>The starting values of one tensor.</summary>
    public static Weight Create(ParameterSpec spec, int seed)
    {
        var values = new float[spec.Shape.Elements];
        switch (spec.Role)
        {
            case ParameterRole.NormWeight or ParameterRole.RunningVariance:
                Array.Fill(values, 1);
                break;
            case ParameterRole.ConvWeight:
                Normal(values, Math.Sqrt(2.0 / spec.FanOut), spec.Name, seed);
                break;
            case ParameterRole.LinearWeight:
                Normal(values, Math.Sqrt(2.0 / (spec.FanIn + spec.FanOut)), spec.Name, seed);
                break;
            case ParameterRole.Bias:
                Uniform(values, 1 / Math.Sqrt(spec.FanIn), spec.Name, seed);
                break;
            case ParameterRole.LogitScale:
                Array.Fill(values, (float)Math.Log(10));
                break;
            case ParameterRole.Embedding or ParameterRole.PositionBias or ParameterRole.PositionWeight:
                Normal(values, EmbeddingDeviation, spec.Name, seed);
                break;
            default:
                break;                                                                  // offsets of norms and running means start at zero
        }

        return new Weight(spec.Shape, values);
    }

    /// <summary>Fills with a normal distribution cut at two standard deviations.</summary>
    private static void Normal(float[] values, double deviation, string name, int seed)
    {
        var random = new Random(Mix(seed, name));
        for (var i = 0; i < values.Length; i++)
        {
            double value;
            do
                value = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            while (Math.Abs(value) > 2);
            values[i] = (float)(value * deviation);
        }
    }

    private static void Uniform(float[] values, double bound, string name, int seed)
    {
        var random = new Random(Mix(seed, name));
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
    }

    /// <summary>FNV-1a over the name: the same on every machine and in every process, which string hashes are not.</summary>
    private static int Mix(int seed, string name)
    {
        var hash = 2166136261u ^ (uint)seed * 16777619u;
        foreach (var letter in name)
            hash = (hash ^ letter) * 16777619u;
        return (int)(hash & int.MaxValue);
    }
}
