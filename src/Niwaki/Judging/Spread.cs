using System.Globalization;

namespace Niwaki;

/// <summary>A figure over several seeds.</summary>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="Deviation">Sample standard deviation (n - 1); absent for one value.</param>
/// <param name="Count">How many values.</param>
public sealed record Spread(double Mean, double? Deviation, int Count)
{
    /// <summary>Of the values that there are; <see langword="null"/> where there are none.</summary>
    public static Spread? Of(IEnumerable<double?> values)
    {
        var known = values.OfType<double>().ToArray();
        if (known.Length == 0)
            return null;
        // the mean of equal numbers is one of them, and not a rounding beside it
        var mean = known.All(value => value == known[0]) ? known[0] : known.Average();
        return new Spread(mean, known.Length < 2 ? null : Math.Sqrt(known.Sum(value => (value - mean) * (value - mean)) / (known.Length - 1)), known.Length);
    }

    /// <summary>Prints the mean, and the deviation where there is one that is not zero.</summary>
    public string Print(Func<double, string> print) => Deviation is { } deviation and > 0 ? $"{print(Mean)} ± {print(deviation)}" : print(Mean);

    /// <inheritdoc/>
    public override string ToString() => Print(value => value.ToString("0.0000", CultureInfo.InvariantCulture));
}
