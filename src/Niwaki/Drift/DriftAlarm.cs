namespace Niwaki;

/// <summary>A change that held.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Raised">When.</param>
/// <param name="Window">The window that raised it.</param>
/// <param name="Values">What that window exceeded.</param>
/// <param name="Cleared">When it was over; <see langword="null"/> while it lasts.</param>
public sealed record DriftAlarm(long Number, DateTimeOffset Raised, long Window, ValueList<DriftValue> Values, DateTimeOffset? Cleared = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"drift alarm {Number}: {string.Join(", ", Values.Select(value => System.FormattableString.Invariant($"{Catalog.Kebab(value.Statistic.ToString())} {value.Value:0.000} (at most {value.Threshold:0.000})")))}";
}
