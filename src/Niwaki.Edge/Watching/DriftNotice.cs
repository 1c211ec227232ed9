namespace Niwaki.Edge;

/// <summary>What is told of an alarm as one JSON object.</summary>
/// <param name="Event"><c>raised</c> or <c>cleared</c>.</param>
/// <param name="Device">The device's own name.</param>
/// <param name="Bundle">Name and revision.</param>
/// <param name="Time">When.</param>
/// <param name="Alarm">Its number on this device.</param>
/// <param name="Message">In words.</param>
/// <param name="Values">What was exceeded.</param>
internal sealed record DriftNotice(string Event, string Device, string Bundle, DateTimeOffset Time, long Alarm, string Message, IReadOnlyList<DriftExcess> Values);

/// <summary>A statistic and its threshold.</summary>
internal sealed record DriftExcess(string Statistic, double Value, double Threshold)
{
    public static DriftExcess Of(DriftValue value) => new(Catalog.Kebab(value.Statistic.ToString()), Math.Round(value.Value, 4), Math.Round(value.Threshold, 4));
}
