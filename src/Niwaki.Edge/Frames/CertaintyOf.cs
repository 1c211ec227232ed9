using System.Numerics.Tensors;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Softmax of a logit map without storing it: plane after plane, a strip of pixels at a time.</summary>
internal static class CertaintyOf
{
    private const int Strip = 1024;

    /// <summary>Mean confidence and entropy of a prediction; <see langword="null"/> where it holds no logits.</summary>
    public static Certainty? Prediction(Prediction prediction)
    {
        var size = prediction.Height * prediction.Width;
        if (prediction.Scores.Length == 0 || size == 0)
            return null;
        Span<float> strips = stackalloc float[5 * Strip];
        double confidence = 0, entropy = 0;
        for (var from = 0; from < size; from += Strip)
        {
            var count = Math.Min(Strip, size - from);
            // the largest logit, and of each class's distance to it: the sum of powers, that weighted by distance, the distance, its power
            var m = strips[..count];
            var s = strips.Slice(Strip, count);
            var w = strips.Slice(2 * Strip, count);
            var d = strips.Slice(3 * Strip, count);
            var e = strips.Slice(4 * Strip, count);
            prediction.Scores.AsSpan(from, count).CopyTo(m);
            for (var c = 1; c < prediction.Classes; c++)
                TensorPrimitives.Max(m, prediction.Scores.AsSpan(c * size + from, count), m);
            s.Clear();
            w.Clear();
            for (var c = 0; c < prediction.Classes; c++)
            {
                TensorPrimitives.Subtract(prediction.Scores.AsSpan(c * size + from, count), m, d);
                TensorPrimitives.Exp(d, e);
                TensorPrimitives.Add(s, e, s);
                TensorPrimitives.MultiplyAdd(d, e, w, w);
            }

            // p = e / s: -sum p ln p = ln s - (sum d e) / s
            TensorPrimitives.Divide(w, s, w);
            TensorPrimitives.Log(s, d);
            entropy += TensorPrimitives.Sum(d) - TensorPrimitives.Sum(w);
            TensorPrimitives.Reciprocal(s, e);
            confidence += TensorPrimitives.Sum(e);
        }

        return new Certainty(confidence / size, prediction.Classes > 1 ? entropy / size / Math.Log(prediction.Classes) : 0);
    }

    /// <summary>The share of each class.</summary>
    public static double[] Areas(LabelMap labels, int classes)
    {
        // four counters, as equal neighbours would wait for each other
        Span<int> counts = stackalloc int[4 * 256];
        counts.Clear();
        var all = labels.Labels.AsSpan();
        var i = 0;
        for (; i <= all.Length - 4; i += 4)
        {
            counts[all[i]]++;
            counts[256 + all[i + 1]]++;
            counts[512 + all[i + 2]]++;
            counts[768 + all[i + 3]]++;
        }

        for (; i < all.Length; i++)
            counts[all[i]]++;
        var areas = new double[classes];
        for (var c = 0; c < classes; c++)
            areas[c] = (double)(counts[c] + counts[256 + c] + counts[512 + c] + counts[768 + c]) / all.Length;
        return areas;
    }
}
