namespace Niwaki.Vision;

/// <summary>
/// The classes that can win between four neighbouring logits: one that is below another at all four of them is below it everywhere between
/// them, as bilinear weights are not negative. At the border of two classes, two or three of all classes are left.
/// </summary>
internal sealed class CellCandidates(Prediction prediction)
{
    // more than the rounding of an interpolated score, so that a tie is decided as without this
    private const float Margin = 1e-5f;

    private readonly int columns = prediction.Width;
    private readonly byte[] lists = new byte[prediction.Width * prediction.Classes];
    private readonly byte[] counts = new byte[prediction.Width];

    /// <summary>Forgets a row of cells.</summary>
    public void Clear() => Array.Clear(counts);

    /// <summary>The classes of a cell in ascending order.</summary>
    /// <param name="top">The first of the upper logits' row.</param>
    /// <param name="bottom">The first of the lower logits' row.</param>
    /// <param name="left">Column, which names the cell within its row.</param>
    /// <param name="right">Column.</param>
    /// <param name="best">The winner at each logit.</param>
    public ReadOnlySpan<byte> Of(int top, int bottom, int left, int right, ReadOnlySpan<byte> best)
    {
        var list = lists.AsSpan(left * prediction.Classes, prediction.Classes);
        if (counts[left] == 0)
            counts[left] = (byte)Find(list, top + left, top + right, bottom + left, bottom + right, best);
        return list[..counts[left]];
    }

    private int Find(Span<byte> list, int a, int b, int c, int d, ReadOnlySpan<byte> best)
    {
        var (scores, size, count) = (prediction.Scores, prediction.Height * columns, 0);
        ReadOnlySpan<byte> winners = [best[a], best[b], best[c], best[d]];
        for (var each = 0; each < prediction.Classes; each++)
        {
            var plane = each * size;
            var (first, second, third, fourth) = (scores[plane + a], scores[plane + b], scores[plane + c], scores[plane + d]);
            var beaten = false;
            for (var k = 0; k < winners.Length && !beaten; k++)
            {
                var other = winners[k] * size;
                var (w, x, y, z) = (scores[other + a], scores[other + b], scores[other + c], scores[other + d]);
                var margin = Margin * Math.Max(Largest(w, x, y, z), Largest(first, second, third, fourth));
                beaten = w > first + margin && x > second + margin && y > third + margin && z > fourth + margin;
            }

            if (!beaten)
                list[count++] = (byte)each;
        }

        return count;
    }

    private static float Largest(float a, float b, float c, float d) => Math.Max(Math.Max(Math.Abs(a), Math.Abs(b)), Math.Max(Math.Abs(c), Math.Abs(d)));
}
