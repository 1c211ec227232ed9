namespace Niwaki;

/// <summary>Count, mean, spread and range of numbers that are seen once; two of them can be put together (Chan et al., 1979).</summary>
/// <param name="Count">How many.</param>
/// <param name="Mean">Their mean; 0 before the first.</param>
/// <param name="SquaredDeviations">The sum of the squared distances from the mean.</param>
/// <param name="Min">The least; 0 before the first.</param>
/// <param name="Max">The largest; 0 before the first.</param>
public readonly record struct Moments(long Count = 0, double Mean = 0, double SquaredDeviations = 0, double Min = 0, double Max = 0)
{
    /// <summary>Standard deviation of what was seen; 0 before the second.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Deviation => Count < 2 ? 0 : Math.Sqrt(SquaredDeviations / (Count - 1));

    /// <summary>With one more number.</summary>
    public Moments With(double value)
    {
        var mean = Mean + (value - Mean) / (Count + 1);
        return new Moments(Count + 1, mean, SquaredDeviations + (value - Mean) * (value - mean), Count == 0 ? value : Math.Min(Min, value), Count == 0 ? value : Math.Max(Max, value));
    }

    /// <summary>Of both.</summary>
    public Moments With(Moments other)
    {
        if (Count == 0 || other.Count == 0)
            return Count == 0 ? other : this;
        var (all, between) = (Count + other.Count, other.Mean - Mean);
        return new Moments(all, Mean + between * other.Count / all, SquaredDeviations + other.SquaredDeviations + between * between * Count * other.Count / all, Math.Min(Min, other.Min), Math.Max(Max, other.Max));
    }
}
