using System.Globalization;

namespace Niwaki.Cli;

/// <summary>A scale with round ticks.</summary>
/// <param name="Least">Its lower end.</param>
/// <param name="Most">Its upper end.</param>
/// <param name="Ticks">Inside.</param>
/// <param name="Logarithmic">Whether equal ratios are equal lengths.</param>
internal sealed record Axis(double Least, double Most, IReadOnlyList<double> Ticks, bool Logarithmic)
{
    /// <summary>Place between 0 and 1.</summary>
    public double Place(double value) => Logarithmic ? Math.Log(value / Least) / Math.Log(Most / Least) : (value - Least) / (Most - Least);

    /// <summary>A tick's text, as short as the ticks can be told apart.</summary>
    public string Print(double tick)
    {
        var size = Math.Abs(tick);
        if (size >= 1e6)
            return (tick / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M";
        if (size >= 1e4)
            return (tick / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k";
        return size is > 0 and < 1e-3 ? tick.ToString("0.##e0", CultureInfo.InvariantCulture) : tick.ToString("0.####", CultureInfo.InvariantCulture);
    }

    /// <summary>Linear, widened to round ends.</summary>
    public static Axis Linear(double least, double most, int ticks = 5)
    {
        if (most - least < 1e-9 * Math.Max(1, Math.Abs(most)))
            (least, most) = (least - Math.Max(1e-3, Math.Abs(least) * 0.05), most + Math.Max(1e-3, Math.Abs(most) * 0.05));
        var raw = (most - least) / ticks;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = ((double[])[1, 2, 2.5, 5, 10]).First(factor => factor * power >= raw * 0.999) * power;
        var (first, last) = (Math.Floor(least / step + 1e-9), Math.Ceiling(most / step - 1e-9));
        return new Axis(first * step, last * step, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(index => Math.Round((first + index) * step, 12))], false);
    }

    /// <summary>Logarithmic between positive ends, ticks at 1, 2, 5 of each power of ten, or finer.</summary>
    public static Axis Log(double least, double most)
    {
        (least, most) = (least * 0.75, most * 1.33);
        // the finer steps where the range is too short for the usual ones
        var ticks = Ticks(1, 2, 5);
        return new Axis(least, most, ticks.Count >= 3 ? ticks : Ticks(1, 1.5, 2, 2.5, 3, 4, 5, 6, 8), true);

        List<double> Ticks(params double[] factors)
        {
            var inside = new List<double>();
            for (var power = Math.Pow(10, Math.Floor(Math.Log10(least))); power <= most; power *= 10)
                inside.AddRange(factors.Select(factor => factor * power).Where(tick => tick >= least && tick <= most));
            return inside;
        }
    }
}
