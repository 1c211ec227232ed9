namespace Niwaki;

/// <summary>One window of frames, compared with the reference.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Ended">When its last frame was seen.</param>
/// <param name="Confidence">Mean over its frames; <see langword="null"/> where the graph gives labels alone.</param>
/// <param name="Entropy">Mean over its frames.</param>
/// <param name="Areas">Mean areas of the classes.</param>
/// <param name="Values">How far it is from the reference.</param>
public sealed record DriftWindow(long Number, DateTimeOffset Ended, ValueList<double> Areas, ValueList<DriftValue> Values, double? Confidence = null, double? Entropy = null)
{
    /// <summary>Whether a threshold is exceeded.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Exceeds => Values.Any(value => value.Exceeds);
}
