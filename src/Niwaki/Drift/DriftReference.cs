using System.Security.Cryptography;

namespace Niwaki;

/// <summary>
/// How the bundle's model answers pictures of the kind it was made for, and how far a window of frames may be from that:
/// <c>reference.json</c>. Made by <see cref="DriftCalibration"/>.
/// </summary>
/// <param name="Schema">The version of this layout: <see cref="CurrentSchema"/>.</param>
/// <param name="Window">Frames in a window.</param>
/// <param name="Hold">Windows in a row that have to exceed a threshold before it is an alarm, and stay below before it is over.</param>
/// <param name="FalseAlarms">The fraction of windows of the calibration data that exceed any threshold.</param>
/// <param name="Thresholds">One for each statistic that the model allows.</param>
/// <param name="Confidence">The confidence of every frame, sorted; empty where the graph gives labels alone.</param>
/// <param name="Entropy">The entropy of every frame, sorted; empty as above.</param>
/// <param name="Areas">The mean area of each class.</param>
/// <param name="Mean">The mean of each number of the pooled feature.</param>
/// <param name="Scale">Its standard deviation.</param>
/// <param name="Features">The pooled features of every frame after that mean and scale, row after row.</param>
/// <param name="Bandwidth">The median squared distance of two rows: the width of the kernel.</param>
/// <param name="UnsureBelow">A confidence that one frame of a hundred is below.</param>
/// <param name="ForeignAbove">How far one frame of a hundred is from the third nearest of the others (squared, in units of the bandwidth), or farther.</param>
public sealed record DriftReference(
    int Schema,
    int Window,
    int Hold,
    double FalseAlarms,
    ValueList<DriftThreshold> Thresholds,
    ValueList<double> Confidence,
    ValueList<double> Entropy,
    ValueList<double> Areas,
    ValueList<float> Mean,
    ValueList<float> Scale,
    ValueList<float> Features,
    double Bandwidth,
    double UnsureBelow,
    double ForeignAbove)
{
    /// <summary>The layout that is written, and the only one that is read.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Its usual file name.</summary>
    public const string FileName = "reference.json";

    /// <summary>Most frames that are kept: enough that the reference's own uncertainty is small beside a window's, and a hundred kilobytes.</summary>
    public const int MaxFrames = 512;

    private const int MaxBytes = 32 << 20;
    private const int MaxWindow = 4096;
    private const int MaxWidth = 4096;

    /// <summary>The same of the float model on the same pictures, where the serving one was quantized from it.</summary>
    public DriftReference? Float { get; init; }

    /// <summary>How far the serving model's answers are from the float model's on the same pictures: what quantization alone does, in the units of the thresholds.</summary>
    public ValueList<DriftValue> QuantizationShift { get; init; } = [];

    /// <summary>Frames that it was made of.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int Frames => Mean.Count == 0 ? 0 : Features.Count / Mean.Count;

    /// <summary>Reads and checks a reference.</summary>
    /// <exception cref="StageException">Missing, no reference, of a later version, or one that contradicts itself.</exception>
    public static DriftReference Read(string path)
    {
        try
        {
            if (!File.Exists(path))
                throw new StageException($"{path}: there is no such file.");
            return new FileInfo(path).Length <= MaxBytes
                ? Parse(File.ReadAllBytes(path), path)
                : throw new StageException($"{path}: has more than {new Bytes(MaxBytes)}, which no reference needs. Copy the right file again.");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    /// <summary>Reads and checks a reference's bytes.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">As <see cref="Read"/>.</exception>
    public static DriftReference Parse(ReadOnlySpan<byte> json, string where)
    {
        if (BundleJson.SchemaOf(json, where) is var schema && schema != CurrentSchema)
            throw new StageException($"{where}: is a reference of layout {schema}, but this program reads layout {CurrentSchema}. {(schema > CurrentSchema ? "Take a program as new as the file" : "Make the bundle again")}.");
        var reference = BundleJson.Read(json, BundleJson.Words.DriftReference, where);
        reference = reference with { QuantizationShift = reference.QuantizationShift ?? [] };
        reference.Validate(where);
        reference.Float?.Validate(where);
        return reference;
    }

    /// <summary>The bytes of <see cref="FileName"/>.</summary>
    public byte[] ToBytes() => BundleJson.Write(this, BundleJson.Words.DriftReference);

    /// <summary>Names it in what is kept on a device: statistics against another reference cannot be put together.</summary>
    public string Digest() => Convert.ToHexStringLower(SHA256.HashData(ToBytes()));

    private void Validate(string where)
    {
        var width = Mean.Count;
        if (Window is < 2 or > MaxWindow || Hold is < 1 or > MaxWindow || FalseAlarms is not (> 0 and < 1))
            throw new StageException($"{where}: a window of {Window} frames, held {Hold} windows, at a false-alarm rate of {FalseAlarms}; needed are 2 to {MaxWindow}, 1 to {MaxWindow}, and a rate between 0 and 1.");
        if (width is < 1 or > MaxWidth || Scale.Count != width || Features.Count % width != 0 || Frames is < 2 or > MaxFrames)
            throw new StageException($"{where}: {width} means, {Scale.Count} scales and {Features.Count} values of features do not belong together (2 to {MaxFrames} rows).");
        if (Confidence.Count != Entropy.Count || (Confidence.Count != 0 && Confidence.Count != Frames) || Areas.Count is < 1 or > 255)
            throw new StageException($"{where}: {Confidence.Count} confidences, {Entropy.Count} entropies, {Areas.Count} areas and {Frames} frames do not belong together.");
        if (!Sorted(Confidence) || !Sorted(Entropy))
            throw new StageException($"{where}: confidences or entropies are not sorted numbers from 0 to 1.");
        if (!Areas.All(area => area is >= 0 and <= 1) || !Mean.All(float.IsFinite) || !Features.All(float.IsFinite) || !Scale.All(scale => scale > 0 && float.IsFinite(scale)) || !(Bandwidth > 0 && double.IsFinite(Bandwidth)) || !double.IsFinite(UnsureBelow) || !double.IsFinite(ForeignAbove))
            throw new StageException($"{where}: holds a number that no reference has.");
        if (Thresholds.Count == 0 || Thresholds.Any(threshold => !double.IsFinite(threshold.Value)) || Thresholds.Select(threshold => threshold.Statistic).Distinct().Count() != Thresholds.Count)
            throw new StageException($"{where}: one finite threshold for each statistic is needed.");
        if (Confidence.Count == 0 && Thresholds.Any(threshold => threshold.Statistic is not (DriftStatistic.PsiAreas or DriftStatistic.Mmd)))
            throw new StageException($"{where}: has thresholds for confidence or entropy, but neither of them.");
    }

    private static bool Sorted(ValueList<double> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] is not (>= 0 and <= 1) || (i > 0 && values[i] < values[i - 1]))
                return false;
        }

        return true;
    }
}
