namespace Niwaki;

/// <content>Attention.</content>
public sealed partial class ReferenceOps
{
    /// <inheritdoc/>
    public ReferenceTensor Attention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, string name, AttentionOptions options)
    {
        if (options.Windows is not { } layout)
            return Attended(query, key, value, options.Heads, (_, _, _, _, dot) => dot * options.Scale);
        var (heads, area) = (options.Heads, layout.Area);
        if (options.Mirrored)
        {
            var biases = Parameter($"{name}.attention_biases", new Shape(heads, area));
            var distances = layout.DistanceIndex();
            return Attended(query, key, value, heads, (_, head, q, k, dot) => (dot * options.Scale) + biases[(head * area) + distances[(q * area) + k]]);
        }

        var table = Parameter($"{name}.relative_position_bias_table", new Shape(((2 * layout.WindowHeight) - 1) * ((2 * layout.WindowWidth) - 1), heads));
        var index = layout.RelativePositionIndex();
        var mask = layout.Mask();
        return Attended(query, key, value, heads, (b, head, q, k, dot) =>
            (dot * options.Scale) + table[(index[(q * area) + k] * heads) + head] + Masked(mask, layout, b, q, k));
    }

    /// <inheritdoc/>
    public ReferenceTensor CosineAttention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, string name, CosineAttentionOptions options)
    {
        var (heads, layout, area) = (options.Heads, options.Windows, options.Windows.Area);
        var scales = Parameter($"{name}.logit_scale", new Shape(heads, 1, 1)).Select(log => Math.Exp(Math.Min(log, Math.Log(CosineAttentionOptions.MaxScale)))).ToArray();
        var biases = PositionBiases(name, options);
        var index = layout.RelativePositionIndex();
        var mask = layout.Mask();
        return Attended(Directions(query, heads), Directions(key, heads), value, heads, (b, head, q, k, cosine) =>
            (cosine * scales[head]) + biases[(index[(q * area) + k] * heads) + head] + Masked(mask, layout, b, q, k));
    }

    /// <inheritdoc/>
    public ReferenceTensor LinearAttention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, string name, int heads, double epsilon = 1e-5)
    {
        var (batch, pixels) = (query.Shape[0], query.Shape[2] * query.Shape[3]);
        var (width, outputs) = (query.Shape[1] / heads, value.Shape[1] / heads);
        var (q, k, v) = (query.As(batch, heads, width, pixels), key.As(batch, heads, width, pixels), value.As(batch, heads, outputs, pixels));
        return Fill(new ReferenceTensor(new Shape(batch, heads, outputs, pixels)), (b, head, e, n) =>
        {
            double sum = 0, total = epsilon;
            for (var m = 0; m < pixels; m++)
            {
                double likeness = 0;
                for (var d = 0; d < width; d++)
                    likeness += q[b, head, d, n] * k[b, head, d, m];
                sum += likeness * v[b, head, e, m];
                total += likeness;
            }

            return sum / total;
        }).As(batch, value.Shape[1], query.Shape[2], query.Shape[3]);
    }

    /// <inheritdoc/>
    public ReferenceTensor SeparableAttention(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, string name, int patch)
    {
        var (q, k, v) = (Unfold(query, patch), Unfold(key, patch), Unfold(value, patch));
        var (groups, patches, channels) = (v.Shape[0], v.Shape[1], v.Shape[2]);
        var context = new double[groups, channels];
        for (var group = 0; group < groups; group++)
        {
            var shares = Softmax([.. Enumerable.Range(0, patches).Select(n => q[group, n, 0])]);
            for (var c = 0; c < channels; c++)
            {
                for (var n = 0; n < patches; n++)
                    context[group, c] += k[group, n, c] * shares[n];
            }
        }

        var result = Fill(new ReferenceTensor(v.Shape), (group, n, c) => Math.Max(0, v[group, n, c]) * context[group, c]);
        return Fold(result, patch, value.Shape[2], value.Shape[3]);
    }

    // softmax over the keys of what the scores become, times the values
    private static ReferenceTensor Attended(ReferenceTensor query, ReferenceTensor key, ReferenceTensor value, int heads, Func<int, int, int, int, double, double> score)
    {
        var (queries, keys) = (query.Shape[1], key.Shape[1]);
        var (width, outputs) = (query.Shape[2] / heads, value.Shape[2] / heads);
        var result = new ReferenceTensor(query.Shape.With(2, value.Shape[2]));
        Parallel.For(0, query.Shape[0] * heads, item =>
        {
            var (b, head) = (item / heads, item % heads);
            var scores = new double[keys];
            for (var q = 0; q < queries; q++)
            {
                for (var k = 0; k < keys; k++)
                {
                    double dot = 0;
                    for (var d = head * width; d < (head + 1) * width; d++)
                        dot += query[b, q, d] * key[b, k, d];
                    scores[k] = score(b, head, q, k, dot);
                }

                var shares = Softmax(scores);
                for (var e = head * outputs; e < (head + 1) * outputs; e++)
                {
                    for (var k = 0; k < keys; k++)
                        result[b, q, e] += shares[k] * value[b, k, e];
                }
            }
        });
        return result;
    }

    private static double[] Softmax(double[] scores)
    {
        var largest = scores.Max();
        var powers = Array.ConvertAll(scores, score => Math.Exp(score - largest));
        var sum = powers.Sum();
        return Array.ConvertAll(powers, power => power / sum);
    }

    private static double Masked(float[] mask, WindowLayout layout, int window, int query, int key) =>
        mask.Length == 0 ? 0 : mask[(((window % layout.Count * layout.Area) + query) * layout.Area) + key];

    // each head's vector divided by its length
    private static ReferenceTensor Directions(ReferenceTensor tokens, int heads)
    {
        var width = tokens.Shape[2] / heads;
        return Fill(new ReferenceTensor(tokens.Shape), (b, n, c) =>
        {
            var head = c / width * width;
            var square = Enumerable.Range(head, width).Sum(d => tokens[b, n, d] * tokens[b, n, d]);
            return tokens[b, n, c] / Math.Max(Math.Sqrt(square), 1e-12);
        });
    }

    // by distance and head
    private double[] PositionBiases(string name, CosineAttentionOptions options)
    {
        var (heads, hidden) = (options.Heads, options.HiddenWidth);
        var coordinates = options.Windows.RelativeCoordinates(options.PretrainedWindow);
        var first = Parameter($"{name}.position_weight1", new Shape(hidden, 2));
        var offsets = Parameter($"{name}.position_bias1", new Shape(hidden));
        var second = Parameter($"{name}.position_weight2", new Shape(heads, hidden));
        var biases = new double[coordinates.Length / 2 * heads];
        for (var i = 0; i < biases.Length; i++)
        {
            var (distance, head) = (i / heads, i % heads);
            for (var h = 0; h < hidden; h++)
            {
                var sum = ((double)coordinates[2 * distance] * first[2 * h]) + ((double)coordinates[(2 * distance) + 1] * first[(2 * h) + 1]) + offsets[h];
                biases[i] += Math.Max(0, sum) * second[(head * hidden) + h];
            }

            biases[i] = CosineAttentionOptions.MaxBias * Sigmoid(biases[i]);
        }

        return biases;
    }
}
