using System.Numerics;

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
        var labels = GC.AllocateUninitializedArray<byte>(width * height);
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
        var x = new CellRuns(Taps(width, placement.Left, placement.Width, preprocess.Width, columns));
        var y = Taps(height, placement.Top, placement.Height, preprocess.Height, rows);
        var cells = new byte[columns];
        var candidates = new CellCandidates(prediction);
        var marked = -1;
        for (var row = 0; row < height; row++)
        {
            var (top, bottom, low) = y[row];
            if (top != marked)
            {
                MarkCells(best.AsSpan(top * columns, columns), best.AsSpan(bottom * columns, columns), cells);
                candidates.Clear();
                marked = top;
            }

            var target = labels.AsSpan(row * width, width);
            foreach (var (left, right, start, end) in x.Runs)
            {
                if (cells[left] is not Mixed and var label)
                    target[start..end].Fill(label);
                else
                    Interpolate(prediction, candidates.Of(top * columns, bottom * columns, left, right, best), top * columns, bottom * columns, low, left, right, x.Far.AsSpan(start), target[start..end]);
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
        var i = 0;
        for (; i <= size - Vector<float>.Count; i += Vector<float>.Count)
        {
            var (most, winner) = (new Vector<float>(prediction.Scores, i), Vector<int>.Zero);
            for (var c = 1; c < prediction.Classes; c++)
            {
                var score = new Vector<float>(prediction.Scores, c * size + i);
                var larger = Vector.GreaterThan(score, most);
                most = Vector.ConditionalSelect(larger, score, most);
                winner = Vector.ConditionalSelect(larger, new Vector<int>(c), winner);
            }

            for (var k = 0; k < Vector<float>.Count; k++)
                best[i + k] = (byte)winner[k];
        }

        for (; i < size; i++)
        {
            for (var c = 1; c < prediction.Classes; c++)
            {
                if (prediction.Scores[c * size + i] > prediction.Scores[best[i] * size + i])
                    best[i] = (byte)c;
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

    // pixels that lie between the same four logits, as many at a time as a vector holds; far reaches a vector beyond the last of them
    private static void Interpolate(Prediction prediction, ReadOnlySpan<byte> classes, int top, int bottom, float low, int left, int right, ReadOnlySpan<float> far, Span<byte> target)
    {
        var size = prediction.Height * prediction.Width;
        for (var at = 0; at < target.Length; at += Vector<float>.Count)
        {
            var (toRight, toLeft) = (new Vector<float>(far[at..]), Vector<float>.One - new Vector<float>(far[at..]));
            var (topLeft, topRight, bottomLeft, bottomRight) = (toLeft * (1 - low), toRight * (1 - low), toLeft * low, toRight * low);
            var (best, most) = (Vector<int>.Zero, new Vector<float>(float.NegativeInfinity));
            foreach (var c in classes)
            {
                var scores = prediction.Scores.AsSpan(c * size, size);
                var score = topLeft * scores[top + left] + topRight * scores[top + right] + bottomLeft * scores[bottom + left] + bottomRight * scores[bottom + right];
                var larger = Vector.GreaterThan(score, most);
                most = Vector.ConditionalSelect(larger, score, most);
                best = Vector.ConditionalSelect(larger, new Vector<int>(c), best);
            }

            for (var i = 0; i < Vector<float>.Count && at + i < target.Length; i++)
                target[at + i] = (byte)best[i];
        }
    }

    /// <summary>Neighbouring pixels that lie between the same two columns of logits.</summary>
    private readonly struct CellRuns
    {
        public CellRuns((int Low, int High, float Fraction)[] taps)
        {
            Far = new float[taps.Length + Vector<float>.Count];
            var runs = new List<(int Left, int Right, int Start, int End)>();
            for (var i = 0; i < taps.Length; i++)
            {
                Far[i] = taps[i].Fraction;
                if (runs.Count > 0 && runs[^1].Left == taps[i].Low)
                    runs[^1] = runs[^1] with { End = i + 1 };
                else
                    runs.Add((taps[i].Low, taps[i].High, i, i + 1));
            }

            Runs = [.. runs];
        }

        /// <summary>The weight of the right column for each pixel.</summary>
        public float[] Far { get; }

        public (int Left, int Right, int Start, int End)[] Runs { get; }
    }
}
