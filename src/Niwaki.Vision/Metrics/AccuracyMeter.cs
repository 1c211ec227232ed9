namespace Niwaki.Vision;

/// <summary>
/// Segmentation quality over a set of pictures, from confusion matrices. Mean IoU and pixel accuracy pool the pixels of all
/// pictures; Dice follows the referee of the Low-Power Computer Vision Challenge 2023: for each picture <c>2 diag / (row + column)</c>,
/// the mean over the classes in its truth or prediction, then the mean over the pictures.
/// </summary>
/// <remarks>Pixels whose truth is not a class (<see cref="LabelMap.Ignore"/>) are not counted.</remarks>
public sealed class AccuracyMeter
{
    private readonly int classes;
    private readonly long[] pooled;
    private readonly long[] single;
    private double dice;

    /// <summary>An empty meter.</summary>
    /// <param name="classes">Number of classes, 1 to 255.</param>
    public AccuracyMeter(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(classes, 255);
        this.classes = classes;
        pooled = new long[classes * classes];
        single = new long[256 * 256];
    }

    /// <summary>Pictures that were counted: those with at least one pixel that has a class.</summary>
    public int Images { get; private set; }

    /// <summary>Counts one picture.</summary>
    /// <param name="truth">The labels.</param>
    /// <param name="prediction">Of the same size; every value is a class.</param>
    public void Add(LabelMap truth, LabelMap prediction)
    {
        if ((truth.Width, truth.Height) != (prediction.Width, prediction.Height))
            throw new ArgumentException($"The prediction is {prediction.Width}x{prediction.Height}, the truth {truth.Width}x{truth.Height}.", nameof(prediction));
        if (prediction.Labels.AsSpan().IndexOfAnyInRange((byte)classes, byte.MaxValue) is >= 0 and var at)
            throw new ArgumentException($"The prediction holds {prediction.Labels[at]}, but there are {classes} classes.", nameof(prediction));
        Count(truth.Labels, prediction.Labels);
        var sum = 0d;
        var present = 0;
        for (var c = 0; c < classes; c++)
        {
            long row = 0, column = 0;
            for (var k = 0; k < classes; k++)
            {
                row += single[c << 8 | k];
                column += single[k << 8 | c];
                pooled[c * classes + k] += single[c << 8 | k];
            }

            if (row + column > 0)
            {
                sum += 2d * single[c << 8 | c] / (row + column);
                present++;
            }
        }

        if (present > 0)
        {
            dice += sum / present;
            Images++;
        }
    }

    /// <summary>The figures so far; all zero before the first picture.</summary>
    public Accuracy Result()
    {
        var each = new double?[classes];
        long diagonal = 0, all = 0;
        for (var c = 0; c < classes; c++)
        {
            long row = 0, column = 0;
            for (var k = 0; k < classes; k++)
            {
                row += pooled[c * classes + k];
                column += pooled[k * classes + c];
            }

            var hit = pooled[c * classes + c];
            diagonal += hit;
            all += row;
            if (row + column > 0)
                each[c] = (double)hit / (row + column - hit);
        }

        return new Accuracy(each.Average() ?? 0, all > 0 ? (double)diagonal / all : 0, each, Images > 0 ? dice / Images : 0, Images);
    }

    /// <summary>Pixels of class <paramref name="truth"/> that were labelled <paramref name="prediction"/>, over all pictures.</summary>
    public long Confusion(int truth, int prediction) => pooled[truth * classes + prediction];

    private void Count(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction)
    {
        Array.Clear(single);
        // runs of one pair are the rule, and counting them avoids a chain of dependent stores
        var (last, run) = (truth[0] << 8 | prediction[0], 0L);
        for (var i = 0; i < truth.Length; i++)
        {
            var pair = truth[i] << 8 | prediction[i];
            if (pair == last)
            {
                run++;
                continue;
            }

            single[last] += run;
            (last, run) = (pair, 1);
        }

        single[last] += run;
    }
}
