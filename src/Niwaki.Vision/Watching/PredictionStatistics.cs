using System.Buffers;
using System.Numerics;

namespace Niwaki.Vision;

/// <summary>What the watch on a device keeps of a prediction.</summary>
public static class PredictionStatistics
{
    // a regular grid of 64 x 64 pixels gives means as good as all of them, in a time that does not grow with the picture
    private const int MaxSide = 64;

    /// <summary>Most numbers of a pooled feature: of more classes, several share one.</summary>
    private const int MaxWidth = 64;

    /// <summary>
    /// Confidence, entropy, areas and the pooled feature of one frame. The feature is the mean and the spread of each class's logit over
    /// the picture, or the areas of the classes in its four quarters where the graph gives labels alone.
    /// </summary>
    public static FrameStatistics Statistics(this Prediction prediction)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        return prediction.Scores.Length > 0 ? OfScores(prediction) : OfLabels(prediction);
    }

    private static FrameStatistics OfScores(Prediction prediction)
    {
        var (classes, rowStep, columnStep) = (prediction.Classes, Step(prediction.Height), Step(prediction.Width));
        var (rows, columns) = ((prediction.Height + rowStep - 1) / rowStep, (prediction.Width + columnStep - 1) / columnStep);
        var pixels = rows * columns;
        var stride = (pixels + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;
        var logits = ArrayPool<float>.Shared.Rent(classes * stride);
        try
        {
            for (var c = 0; c < classes; c++)
            {
                var plane = prediction.Scores.AsSpan(c * prediction.Height * prediction.Width, prediction.Height * prediction.Width);
                var target = logits.AsSpan(c * stride, stride);
                for (var y = 0; y < rows; y++)
                {
                    var row = plane.Slice(y * rowStep * prediction.Width, prediction.Width);
                    for (var x = 0; x < columns; x++)
                        target[y * columns + x] = row[x * columnStep];
                }

                target[pixels..].Clear();
            }

            var (confidence, entropy, areas) = Softmax(logits, classes, stride, pixels);
            return new FrameStatistics(confidence, entropy, areas, Pooled(logits, classes, stride, pixels));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(logits);
        }
    }

    private static (double Confidence, double Entropy, float[] Areas) Softmax(float[] logits, int classes, int stride, int pixels)
    {
        var counts = new float[classes];
        double confidence = 0, entropy = 0;
        Span<float> sure = stackalloc float[Vector<float>.Count];
        Span<float> torn = stackalloc float[Vector<float>.Count];
        Span<int> best = stackalloc int[Vector<int>.Count];
        for (var at = 0; at < stride; at += Vector<float>.Count)
        {
            var most = new Vector<float>(logits, at);
            var winner = Vector<int>.Zero;
            for (var c = 1; c < classes; c++)
            {
                var logit = new Vector<float>(logits, c * stride + at);
                var larger = Vector.GreaterThan(logit, most);
                most = Vector.ConditionalSelect(larger, logit, most);
                winner = Vector.ConditionalSelect(larger, new Vector<int>(c), winner);
            }

            Vector<float> sum = Vector<float>.Zero, weighted = Vector<float>.Zero;
            for (var c = 0; c < classes; c++)
            {
                var below = new Vector<float>(logits, c * stride + at) - most;
                var power = Vector.Exp(below);
                sum += power;
                weighted += power * below;
            }

            (Vector<float>.One / sum).CopyTo(sure);
            (Vector.Log(sum) - weighted / sum).CopyTo(torn);
            winner.CopyTo(best);
            for (var i = 0; i < Vector<float>.Count && at + i < pixels; i++)
            {
                confidence += sure[i];
                entropy += torn[i];
                counts[best[i]]++;
            }
        }

        for (var c = 0; c < classes; c++)
            counts[c] /= pixels;
        return (confidence / pixels, classes > 1 ? entropy / pixels / Math.Log(classes) : 0, counts);
    }

    private static float[] Pooled(float[] logits, int classes, int stride, int pixels)
    {
        var places = Math.Min(classes, MaxWidth / 2);
        var (feature, shared) = (new float[2 * places], new int[places]);
        for (var c = 0; c < classes; c++)
        {
            double sum = 0, squares = 0;
            foreach (var logit in logits.AsSpan(c * stride, pixels))
            {
                sum += logit;
                squares += (double)logit * logit;
            }

            var place = c % places;
            shared[place]++;
            feature[place] += (float)(sum / pixels);
            feature[places + place] += (float)Math.Sqrt(Math.Max(0, squares / pixels - sum / pixels * (sum / pixels)));
        }

        for (var i = 0; i < feature.Length; i++)
            feature[i] /= shared[i % places];
        return feature;
    }

    private static FrameStatistics OfLabels(Prediction prediction)
    {
        var places = Math.Min(prediction.Classes, MaxWidth / 4);
        var (areas, feature, size) = (new float[prediction.Classes], new float[4 * places], (float)prediction.Height * prediction.Width);
        for (var y = 0; y < prediction.Height; y++)
        {
            var half = 2 * y / prediction.Height * 2;
            for (var x = 0; x < prediction.Width; x++)
            {
                // what is no class counts as the last one, as a person would see it: as an error
                var label = Math.Min(prediction.Labels[y * prediction.Width + x], prediction.Classes - 1);
                areas[label] += 1 / size;
                feature[(half + 2 * x / prediction.Width) * places + label % places] += 4 / size;
            }
        }

        return new FrameStatistics(null, null, areas, feature);
    }

    private static int Step(int length) => (length + MaxSide - 1) / MaxSide;
}
