namespace Niwaki;

/// <summary>A statistic of one window.</summary>
/// <param name="Statistic">Which.</param>
/// <param name="Value">How far the window is from the reference.</param>
/// <param name="Threshold">What it may be.</param>
public sealed record DriftValue(DriftStatistic Statistic, double Value, double Threshold)
{
    /// <summary>Whether it is more than it may be.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Exceeds => Value > Threshold;
}
