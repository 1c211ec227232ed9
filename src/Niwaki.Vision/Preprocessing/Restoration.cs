namespace Niwaki.Vision;

/// <summary>From a prediction back to the picture: one bilinear step from the logits to the picture's own pixels.</summary>
/// <remarks>
/// Where one class wins at all four corners of a cell of the logit map it wins everywhere between them, since bilinear weights
/// are not negative: only cells at the border between classes are interpolated.
/// </remarks>
internal static class Restoration
{
    private const byte Mixed = LabelMap.Ignore;

    public static LabelMap Restore(Preprocess preprocess, Prediction prediction, int width, int height)
    {
        var (rows, columns) = (prediction.Height, prediction.Width);
        var placement = Placement.Of(preprocess, width, height);
        var labels = new byte[width * height];
        if (prediction.Scores.Length == 0)
        {
            if (prediction.Labels.Length < rows * columns)
                throw new ArgumentException($"A {columns}x{rows} prediction holds {prediction.Labels.Length} labels.", nameof(prediction));
            RestoreLabels(preprocess, placement, prediction, labels, width, height);
            return new LabelMap(width, height, labels);
        }

        if (prediction.Scores.Length < prediction.Classes * rows * columns || prediction.Classes is < 1 or > Mixed)
            throw new ArgumentException($"A {columns}x{rows} prediction of {prediction.Classes} classes holds {prediction.Scores.Length} logits.", nameof(prediction));
        var best = ArgMax(prediction);
        var x = Taps(width, placement.Left, placement.Width, preprocess.Width, columns);
        var y = Taps(height, placement.Top, placement.Height, preprocess.Height, rows);
        var cells = new byte[columns];
        for (var row = 0; row < height; row++)
        {
            var (top, bottom, low) = y[row];
            MarkCells(best.AsSpan(top * columns, columns), best.AsSpan(bottom * columns, columns), cells);
            var target = labels.AsSpan(row * width, width);
            for (var column = 0; column < width; column++)
            {
                var (left, right, far) = x[column];
                var label = cells[left];
                target[column] = label != Mixed ? label : Interpolate(prediction, top * columns, bottom * columns, low, left, right, far);
            }
        }

        return new LabelMap(width, height, labels);
    }

    private static void RestoreLabels(Preprocess preprocess, Placement placement, Prediction prediction, byte[] labels, int width, int height)
    {
        for (var y = 0; y < height; y++)
        {
            var row = Nearest(y, height, placement.Top, placement.Height, preprocess.Height, prediction.Height) * prediction.Width;
            for (var x = 0; x < width; x++)
                labels[y * width + x] = prediction.Labels[row + Nearest(x, width, placement.Left, placement.Width, preprocess.Width, prediction.Width)];
        }

        static int Nearest(int at, int source, int offset, int length, int network, int map) =>
            Math.Clamp((int)Math.Floor(((at + 0.5) * length / source + offset) * map / network), 0, map - 1);
    }

    private static (int Low, int High, float Fraction)[] Taps(int source, int offset, int length, int network, int map)
    {
        var taps = new (int, int, float)[source];
        for (var i = 0; i < source; i++)
        {
            var at = Math.Clamp(((i + 0.5) * length / source + offset) * map / network - 0.5, 0, map - 1);
            var low = (int)at;
            taps[i] = (low, Math.Min(low + 1, map - 1), (float)(at - low));
        }

        return taps;
    }

    private static byte[] ArgMax(Prediction prediction)
    {
        var size = prediction.Height * prediction.Width;
        var best = new byte[size];
        var most = prediction.Scores.AsSpan(0, size).ToArray();
        for (var c = 1; c < prediction.Classes; c++)
        {
            var scores = prediction.Scores.AsSpan(c * size, size);
            for (var i = 0; i < scores.Length; i++)
            {
                if (scores[i] > most[i])
                    (most[i], best[i]) = (scores[i], (byte)c);
            }
        }

        return best;
    }

    private static void MarkCells(ReadOnlySpan<byte> top, ReadOnlySpan<byte> bottom, Span<byte> cells)
    {
        for (var i = 0; i < cells.Length; i++)
        {
            var right = Math.Min(i + 1, cells.Length - 1);
            cells[i] = top[i] == top[right] && top[i] == bottom[i] && top[i] == bottom[right] ? top[i] : Mixed;
        }
    }

    private static byte Interpolate(Prediction prediction, int top, int bottom, float low, int left, int right, float far)
    {
        var (topLeft, topRight, bottomLeft, bottomRight) = ((1 - low) * (1 - far), (1 - low) * far, low * (1 - far), low * far);
        var size = prediction.Height * prediction.Width;
        var scores = prediction.Scores.AsSpan();
        var (best, most) = (0, float.NegativeInfinity);
        for (var c = 0; c < prediction.Classes; c++, scores = scores[Math.Min(size, scores.Length)..])
        {
            var score = topLeft * scores[top + left] + topRight * scores[top + right] + bottomLeft * scores[bottom + left] + bottomRight * scores[bottom + right];
            if (score > most)
                (best, most) = (c, score);
        }

        return (byte)best;
    }
}
