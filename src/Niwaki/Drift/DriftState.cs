namespace Niwaki;

/// <summary>What a device keeps of its watch across restarts: <c>drift.json</c>, which <c>niwaki drift</c> reads.</summary>
/// <param name="Schema">The version of this layout: <see cref="CurrentSchema"/>.</param>
/// <param name="Device">The device's own name.</param>
/// <param name="Bundle">The bundle that it watched, by name and revision.</param>
/// <param name="Reference">The digest of the reference.</param>
/// <param name="Expected">What of the reference is needed to judge the totals without it.</param>
/// <param name="Since">When the watch began.</param>
/// <param name="Saved">When this was written.</param>
/// <param name="Windows">Windows so far.</param>
/// <param name="Exceeding">How many of them exceeded a threshold.</param>
/// <param name="Streak">How many of the last ones did, in a row.</param>
/// <param name="Calm">How many of the last ones did not, in a row.</param>
/// <param name="Raised">Alarms so far.</param>
/// <param name="Totals">Everything that was seen.</param>
/// <param name="Recent">The last windows.</param>
/// <param name="Alarms">The last alarms.</param>
/// <param name="Open">Frames of the window that is not full yet.</param>
public sealed record DriftState(
    int Schema,
    string Device,
    string Bundle,
    string Reference,
    DriftExpectation Expected,
    DateTimeOffset Since,
    DateTimeOffset Saved,
    long Windows,
    long Exceeding,
    int Streak,
    int Calm,
    long Raised,
    DriftTotals Totals,
    ValueList<DriftWindow> Recent,
    ValueList<DriftAlarm> Alarms,
    ValueList<FrameStatistics> Open)
{
    /// <summary>The layout that is written, and the only one that is read.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Its usual file name.</summary>
    public const string FileName = "drift.json";

    /// <summary>Windows that are kept.</summary>
    public const int RecentWindows = 128;

    /// <summary>Alarms that are kept.</summary>
    public const int RecentAlarms = 64;

    /// <summary>Views that are remembered.</summary>
    public const int RecentViews = 64;

    private const int MaxBytes = 16 << 20;

    /// <summary>Features of the last different views of a video, the latest last: a frame that is like one of them is no new one.</summary>
    public ValueList<ValueList<float>> Views { get; init => field = value ?? []; } = []; // earlier programs kept none

    /// <summary>The alarm that lasts.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public DriftAlarm? Alarm => Alarms.Count > 0 && Alarms[^1].Cleared is null ? Alarms[^1] : null;

    /// <summary>Reads and checks kept statistics.</summary>
    /// <exception cref="StageException">Missing, no such statistics, of a later version, or ones that contradict themselves.</exception>
    public static DriftState Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                throw new StageException($"{path}: there is no such file.");
            return new FileInfo(path).Length <= MaxBytes
                ? Parse(File.ReadAllBytes(path), path)
                : throw new StageException($"{path}: has more than {new Bytes(MaxBytes)}, which no kept statistics need. Copy the right file again.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    /// <summary>Reads and checks kept statistics' bytes.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">As <see cref="Read"/>.</exception>
    public static DriftState Parse(ReadOnlySpan<byte> json, string where)
    {
        if (BundleJson.SchemaOf(json, where) is var schema && schema != CurrentSchema)
            throw new StageException($"{where}: are kept statistics of layout {schema}, but this program reads layout {CurrentSchema}. {(schema > CurrentSchema ? "Take a program as new as the file" : "Start the watch anew")}.");
        var state = BundleJson.Read(json, BundleJson.Words.DriftState, where);
        state.Validate(where);
        return state;
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="StageException">The disk is full.</exception>
    public void Write(string path) => AtomicFile.WriteBytes(path, BundleJson.Write(this, BundleJson.Words.DriftState));

    private void Validate(string where)
    {
        if (Windows < 0 || Exceeding < 0 || Exceeding > Windows || Streak < 0 || Calm < 0 || Raised < 0 || Totals.Frames < 0 || Totals.Refused < 0)
            throw new StageException($"{where}: holds a count that cannot be. The file is damaged: copy it again, or start the watch anew.");
        if (Recent.Count > RecentWindows || Alarms.Count > RecentAlarms || Views.Count > RecentViews || Totals.Sample.Count > DriftTotals.SampleSize || Open.Any(frame => !frame.IsFinite))
            throw new StageException($"{where}: holds more windows, alarms, views or frames than are kept. The file is damaged: copy it again, or start the watch anew.");
        if (Totals.ConfidenceBins.Count != Expected.ConfidenceBins.Count || Totals.EntropyBins.Count != Expected.EntropyBins.Count || Totals.Areas.Count != Expected.Areas.Count || Totals.ConfidenceBins.Concat(Totals.EntropyBins).Concat(Expected.ConfidenceBins).Concat(Expected.EntropyBins).Any(count => count < 0))
            throw new StageException($"{where}: its totals do not belong to its reference. The file is damaged: copy it again, or start the watch anew.");
    }
}

/// <summary>What of a reference is needed to judge totals.</summary>
/// <param name="Window">Frames in a window.</param>
/// <param name="ConfidenceBins">The reference's frames in each tenth of their confidences.</param>
/// <param name="EntropyBins">The reference's frames in each tenth of their entropies.</param>
/// <param name="Areas">The mean area of each class.</param>
public sealed record DriftExpectation(int Window, ValueList<long> ConfidenceBins, ValueList<long> EntropyBins, ValueList<double> Areas);
