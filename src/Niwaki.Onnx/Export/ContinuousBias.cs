namespace Niwaki.Onnx;

/// <summary>The position biases of Swin v2 (arXiv:2111.09883, section 3.3), which depend on the weights alone.</summary>
internal static class ContinuousBias
{
    /// <summary><c>[distances, heads]</c>: 16 * sigmoid of the MLP over the log-spaced coordinates, computed in float64.</summary>
    public static float[] Table(IReadOnlyDictionary<string, Weight> weights, string name, CosineAttentionOptions options)
    {
        var coordinates = options.Windows.RelativeCoordinates(options.PretrainedWindow);
        var (first, offsets, second) = (weights[$"{name}.position_weight1"].Values, weights[$"{name}.position_bias1"].Values, weights[$"{name}.position_weight2"].Values);
        var table = new float[coordinates.Length / 2 * options.Heads];
        var hidden = new double[offsets.Length];
        for (var distance = 0; distance < coordinates.Length / 2; distance++)
        {
            for (var i = 0; i < hidden.Length; i++)
                hidden[i] = Math.Max(0, ((double)coordinates[2 * distance] * first[2 * i]) + ((double)coordinates[(2 * distance) + 1] * first[(2 * i) + 1]) + offsets[i]);
            for (var head = 0; head < options.Heads; head++)
            {
                double sum = 0;
                for (var i = 0; i < hidden.Length; i++)
                    sum += hidden[i] * second[(head * hidden.Length) + i];
                table[(distance * options.Heads) + head] = (float)(CosineAttentionOptions.MaxBias / (1 + Math.Exp(-sum)));
            }
        }

        return table;
    }

    /// <summary>The largest difference of two biases of one head.</summary>
    public static double Spread(float[] table, int head, int heads)
    {
        var (least, most) = (float.MaxValue, float.MinValue);
        for (var i = head; i < table.Length; i += heads)
            (least, most) = (Math.Min(least, table[i]), Math.Max(most, table[i]));
        return most - (double)least;
    }
}
