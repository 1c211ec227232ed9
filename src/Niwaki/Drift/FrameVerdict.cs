namespace Niwaki;

/// <summary>What the monitor says of one frame.</summary>
/// <param name="Unsure">Its confidence is below that of 99 of 100 reference frames.</param>
/// <param name="Foreign">Its pooled feature is further out than that of 99 of 100 reference frames.</param>
/// <param name="Strangeness">How far out: the mean square of the scaled feature, about 1 for a usual frame.</param>
/// <param name="Window">The window that this frame closed, mostly <see langword="null"/>.</param>
/// <param name="Raised">The alarm that this frame raised, mostly <see langword="null"/>.</param>
/// <param name="Cleared">The alarm that ended with this frame, mostly <see langword="null"/>.</param>
public sealed record FrameVerdict(bool Unsure, bool Foreign, double Strangeness, DriftWindow? Window = null, DriftAlarm? Raised = null, DriftAlarm? Cleared = null)
{
    /// <summary>Whether a person should look at the frame and label it.</summary>
    public bool WorthKeeping => Unsure || Foreign;
}
