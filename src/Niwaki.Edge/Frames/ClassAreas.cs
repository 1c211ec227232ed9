using System.Numerics;
using System.Runtime.InteropServices;

namespace Niwaki.Edge;

/// <summary>How much of a picture each class has.</summary>
internal static class ClassAreas
{
    /// <summary>The share of each class.</summary>
    /// <exception cref="StageException">There are labels of no class.</exception>
    public static double[] Of(LabelMap labels, int classes)
    {
        // eight pixels at once where they are alike, as neighbours mostly are; else four counters, as equal ones would wait for each other
        Span<int> counts = stackalloc int[4 * 256];
        counts.Clear();
        var all = labels.Labels.AsSpan();
        var blocks = MemoryMarshal.Cast<byte, ulong>(all);
        foreach (var block in blocks)
        {
            if (block == BitOperations.RotateLeft(block, 8))
            {
                counts[(byte)block] += 8;
                continue;
            }

            for (var k = 0; k < 64; k += 8)
                counts[(k & 24) << 5 | (byte)(block >> k)]++;
        }

        foreach (var label in all[(blocks.Length * 8)..])
            counts[label]++;
        var (areas, counted) = (new double[classes], 0);
        for (var c = 0; c < classes; c++)
        {
            var count = counts[c] + counts[256 + c] + counts[512 + c] + counts[768 + c];
            areas[c] = (double)count / all.Length;
            counted += count;
        }

        return counted == all.Length ? areas : throw new StageException($"The graph gives labels from {classes} up, but {classes} classes are listed with it: they do not belong together.");
    }
}
