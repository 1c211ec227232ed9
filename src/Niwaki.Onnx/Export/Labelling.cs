using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>From logits to labels, plainly, for proofs.</summary>
internal static class Labelling
{
    /// <summary>The class with the largest score at each pixel.</summary>
    public static byte[] ArgMax(Prediction prediction)
    {
        var pixels = prediction.Height * prediction.Width;
        var labels = new byte[pixels];
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            var best = 0;
            for (var label = 1; label < prediction.Classes; label++)
            {
                if (prediction.Scores[(label * pixels) + pixel] > prediction.Scores[(best * pixels) + pixel])
                    best = label;
            }

            labels[pixel] = (byte)best;
        }

        return labels;
    }

    /// <summary>Logits of another size, bilinear with half-pixel centres.</summary>
    public static Prediction Resized(Prediction prediction, int height, int width)
    {
        if ((prediction.Height, prediction.Width) == (height, width))
            return prediction;
        var (rows, columns) = (Axis(prediction.Height, height), Axis(prediction.Width, width));
        var scores = new float[prediction.Classes * height * width];
        for (var label = 0; label < prediction.Classes; label++)
        {
            var plane = prediction.Scores.AsSpan(label * prediction.Height * prediction.Width, prediction.Height * prediction.Width);
            for (var y = 0; y < height; y++)
            {
                var (top, down) = (rows[y].Index * prediction.Width, rows[y].Next * prediction.Width);
                for (var x = 0; x < width; x++)
                {
                    var (left, right, part) = columns[x];
                    var upper = plane[top + left] + ((plane[top + right] - plane[top + left]) * part);
                    var lower = plane[down + left] + ((plane[down + right] - plane[down + left]) * part);
                    scores[(((label * height) + y) * width) + x] = upper + ((lower - upper) * rows[y].Part);
                }
            }
        }

        return prediction with { Height = height, Width = width, Scores = scores };
    }

    private static (int Index, int Next, float Part)[] Axis(int from, int to)
    {
        var axis = new (int, int, float)[to];
        for (var i = 0; i < to; i++)
        {
            var position = Math.Max(0, ((i + 0.5) * from / to) - 0.5);
            var index = Math.Min((int)position, from - 1);
            axis[i] = (index, Math.Min(index + 1, from - 1), (float)(position - index));
        }

        return axis;
    }
}
