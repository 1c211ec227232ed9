namespace Niwaki;

/// <summary>What a fleet of devices saw.</summary>
/// <param name="Devices">Each device by itself, alarms first.</param>
/// <param name="Groups">Devices with the same reference, put together.</param>
/// <param name="Remarks">What a person should know.</param>
public sealed record FleetReport(ValueList<FleetDevice> Devices, ValueList<FleetGroup> Groups, ValueList<string> Remarks)
{
    // the 99th percentile of the normal distribution
    private const double NormalPercentile = 2.3263478740408408;

    private const double LeastPsi = 0.2;

    /// <summary>Whether an alarm lasts on a device, or a group as a whole has moved.</summary>
    public bool Alarmed => Devices.Any(device => device.Alarm is not null) || Groups.Any(group => group.Values.Any(value => value.Exceeds));

    /// <summary>Puts kept statistics together.</summary>
    /// <param name="states">Of each device with the file that they came from.</param>
    /// <param name="reference">The reference that the features of a sample are compared with, where it is at hand.</param>
    public static FleetReport Of(IReadOnlyList<(string File, DriftState State)> states, DriftReference? reference = null)
    {
        var remarks = new List<string>();
        var latest = new List<(string File, DriftState State)>();
        // two copies of one device's statistics would count its frames twice
        foreach (var same in states.GroupBy(each => (each.State.Device, each.State.Reference, each.State.Since)))
        {
            var newest = same.OrderByDescending(each => each.State.Saved).ThenBy(each => each.File, StringComparer.Ordinal).First();
            latest.Add(newest);
            foreach (var (file, _) in same.Where(each => each.File != newest.File))
                remarks.Add($"{file}: older statistics of {newest.State.Device}; {newest.File} counts.");
        }

        var devices = latest.Select(each => FleetDevice.Of(each.File, each.State)).OrderByDescending(device => device.Alarm is not null).ThenBy(device => device.Device, StringComparer.Ordinal);
        var groups = latest.GroupBy(each => each.State.Reference).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Group([.. group.Select(each => each.State)], reference, remarks)).ToArray();
        if (groups.Length > 1)
            remarks.Add($"The devices watch against {groups.Length} different references: each has its own line, since their statistics cannot be put together.");
        return new FleetReport(new ValueList<FleetDevice>(devices), new ValueList<FleetGroup>(groups), new ValueList<string>(remarks));
    }

    /// <summary>The totals of one or several devices against what was expected; empty while there are too few distinct frames to tell.</summary>
    internal static ValueList<DriftValue> Judge(DriftTotals totals, DriftExpectation expected)
    {
        if (totals.Distinct < 4 * expected.Window)
            return [];
        var values = new List<DriftValue>();
        if (expected.ConfidenceBins.Sum() > 0)
        {
            values.Add(Psi(DriftStatistic.PsiConfidence, expected.ConfidenceBins, totals.ConfidenceBins));
            values.Add(Psi(DriftStatistic.PsiEntropy, expected.EntropyBins, totals.EntropyBins));
        }

        values.Add(new DriftValue(DriftStatistic.PsiAreas, Divergence.PsiOfAreas([.. expected.Areas], [.. totals.Areas.Select(area => area.Mean)]), LeastPsi));
        return new ValueList<DriftValue>(values);
    }

    private static FleetGroup Group(DriftState[] states, DriftReference? reference, List<string> remarks)
    {
        // a digest that is the same beside other expectations was made by hand
        var fitting = states.Where(state => state.Expected == states[0].Expected).ToArray();
        if (fitting.Length < states.Length)
            remarks.Add($"{string.Join(", ", states.Except(fitting).Select(state => state.Device))}: name the same reference as {states[0].Device}, but expect something else. They are left out of the sum.");
        var totals = fitting.Select(state => state.Totals).Aggregate((sum, next) => sum.With(next));
        var values = Judge(totals, states[0].Expected);
        if (reference is not null && reference.Digest() == states[0].Reference && totals.Sample.Count >= reference.Window)
            values = new ValueList<DriftValue>(values.Concat(Features(reference, totals)));
        return new FleetGroup(states[0].Reference, new ValueList<string>(fitting.Select(state => state.Bundle).Distinct().Order(StringComparer.Ordinal)), fitting.Length, totals.Frames, totals.Distinct, totals.Refused, totals.Confidence.Count > 0 ? totals.Confidence.Mean : null, totals.Entropy.Count > 0 ? totals.Entropy.Mean : null, new ValueList<double>(totals.Areas.Select(area => area.Mean)), values);
    }

    private static IEnumerable<DriftValue> Features(DriftReference reference, DriftTotals totals)
    {
        var comparison = new DriftComparison(reference);
        if (reference.Thresholds.FirstOrDefault(threshold => threshold.Statistic == DriftStatistic.Mmd) is { } threshold && totals.Sample.All(sample => sample.Feature.Count == comparison.Width && sample.Feature.All(float.IsFinite)))
            yield return new DriftValue(DriftStatistic.Mmd, comparison.Mmd(comparison.Scaled([.. totals.Sample.Select(sample => new FrameStatistics(null, null, [], [.. sample.Feature]))])), threshold.Value);
    }

    // without a change the index is about chi-squared with one degree less than bins, times 1/n + 1/m; its 99th percentile by Wilson and Hilferty
    private static DriftValue Psi(DriftStatistic statistic, ValueList<long> expected, ValueList<long> seen)
    {
        var freedom = Math.Max(1, expected.Count - 1);
        var chance = freedom * Math.Pow(1 - 2.0 / (9 * freedom) + NormalPercentile * Math.Sqrt(2.0 / (9 * freedom)), 3) * (1.0 / seen.Sum() + 1.0 / expected.Sum());
        return new DriftValue(statistic, Divergence.Psi([.. expected], [.. seen]), Math.Max(LeastPsi, chance));
    }
}

/// <summary>One device of a fleet.</summary>
/// <param name="File">Where its statistics were.</param>
/// <param name="Device">Its name.</param>
/// <param name="Bundle">The bundle that it watches.</param>
/// <param name="Since">When its watch began.</param>
/// <param name="Saved">When its statistics were written.</param>
/// <param name="Frames">Frames that it saw.</param>
/// <param name="Distinct">Those that are compared: frames of a video that show the same count once.</param>
/// <param name="Refused">Frames of which the model's answer was no number.</param>
/// <param name="Windows">Windows of them.</param>
/// <param name="Exceeding">Windows that exceeded a threshold.</param>
/// <param name="Alarms">Alarms since its watch began.</param>
/// <param name="Confidence">Mean over its frames.</param>
/// <param name="Alarm">The alarm that lasts.</param>
/// <param name="Values">All of its distinct frames against the reference; empty while they are few.</param>
public sealed record FleetDevice(string File, string Device, string Bundle, DateTimeOffset Since, DateTimeOffset Saved, long Frames, long Distinct, long Refused, long Windows, long Exceeding, long Alarms, double? Confidence, DriftAlarm? Alarm, ValueList<DriftValue> Values)
{
    internal static FleetDevice Of(string file, DriftState state) => new(
        file, state.Device, state.Bundle, state.Since, state.Saved, state.Totals.Frames, state.Totals.Distinct, state.Totals.Refused, state.Windows, state.Exceeding, state.Raised, state.Totals.Confidence.Count > 0 ? state.Totals.Confidence.Mean : null, state.Alarm, FleetReport.Judge(state.Totals, state.Expected));
}

/// <summary>Devices that watch against the same reference, as one.</summary>
/// <param name="Reference">Its digest.</param>
/// <param name="Bundles">The bundles that they watch.</param>
/// <param name="Devices">How many devices.</param>
/// <param name="Frames">Frames that they saw.</param>
/// <param name="Distinct">Those that are compared: frames of a video that show the same count once.</param>
/// <param name="Refused">Frames of which a model's answer was no number.</param>
/// <param name="Confidence">Mean over the frames.</param>
/// <param name="Entropy">Mean over the frames.</param>
/// <param name="Areas">Mean areas of the classes.</param>
/// <param name="Values">All distinct frames against the reference; empty while they are few.</param>
public sealed record FleetGroup(string Reference, ValueList<string> Bundles, int Devices, long Frames, long Distinct, long Refused, double? Confidence, double? Entropy, ValueList<double> Areas, ValueList<DriftValue> Values);
