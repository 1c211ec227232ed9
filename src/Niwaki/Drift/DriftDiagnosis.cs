namespace Niwaki;

/// <summary>The serving model and the float model on the same frames, each against its own reference: that tells where a drift comes from.</summary>
/// <param name="Frames">How many.</param>
/// <param name="Serving">How far the serving model's answers are from its reference.</param>
/// <param name="Shadow">How far the float model's are from its own; <see langword="null"/> where there is none.</param>
public sealed record DriftDiagnosis(int Frames, ValueList<DriftValue> Serving, ValueList<DriftValue>? Shadow)
{
    /// <summary>Where the drift comes from.</summary>
    public DriftCause Cause => !Serving.Any(value => value.Exceeds) ? DriftCause.None
        : Shadow is null ? DriftCause.Unknown
        : Shadow.Any(value => value.Exceeds) ? DriftCause.Data : DriftCause.Quantization;

    /// <summary>Compares frames.</summary>
    /// <param name="reference">The bundle's.</param>
    /// <param name="serving">What the serving model says of the frames: at least a window of them, for which the thresholds are.</param>
    /// <param name="shadow">What the float model says of the same frames.</param>
    /// <exception cref="StageException">Fewer frames than a window has, or without numbers.</exception>
    public static DriftDiagnosis Of(DriftReference reference, IReadOnlyList<FrameStatistics> serving, IReadOnlyList<FrameStatistics>? shadow)
    {
        if (serving.Count < reference.Window)
            throw new StageException($"{serving.Count} frames are too few to tell anything; a window has {reference.Window}. Give more frames.");
        return new DriftDiagnosis(serving.Count, Compared(reference, serving), shadow is not null && reference.Float is { } exact ? Compared(exact, shadow) : null);
    }

    private static ValueList<DriftValue> Compared(DriftReference reference, IReadOnlyList<FrameStatistics> frames)
    {
        var comparison = new DriftComparison(reference);
        return frames.All(frame => frame.IsFinite && comparison.Fits(frame))
            ? comparison.Of(frames)
            : throw new StageException("A frame has other numbers than the reference's, or none. The model's output is broken, or the reference belongs to another model.");
    }
}
