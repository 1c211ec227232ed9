using System.Globalization;

namespace Niwaki;

/// <summary>Printing and reading of numbers with SI prefixes.</summary>
internal static class Quantity
{
    private static readonly (string Prefix, double Factor)[] Prefixes = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3), ("", 1), ("m", 1e-3), ("µ", 1e-6)];

    public static string Print(double value, string unit)
    {
        var size = Math.Abs(value);
        foreach (var (prefix, factor) in Prefixes)
        {
            if (size >= factor || (size < 1e-6 && prefix.Length == 0))
                return string.Create(CultureInfo.InvariantCulture, $"{Digits(value / factor)} {prefix}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value} {unit}");
    }

    public static bool TryParse(string text, string unit, out double value)
    {
        text = text.Trim();
        var end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
            end--;
        var suffix = text[end..].Trim();
        if (!double.TryParse(text[..end], NumberStyles.Float, CultureInfo.InvariantCulture, out value) || !double.IsFinite(value) || value < 0)
            return false;
        if (suffix.Length == 0)
            return true;
        if (!suffix.EndsWith(unit, StringComparison.OrdinalIgnoreCase))
            return false;
        var prefix = suffix[..^unit.Length];
        var factor = prefix switch
        {
            "" => 1,
            "k" or "K" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            "T" => 1e12,
            "Ki" => 1024d,
            "Mi" => 1024d * 1024,
            "Gi" => 1024d * 1024 * 1024,
            _ => double.NaN,
        };
        value *= factor;
        return !double.IsNaN(factor);
    }

    private static string Digits(double value) => value.ToString(Math.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "0" }, CultureInfo.InvariantCulture);
}
