namespace Niwaki;

/// <summary>What the monitor says of one frame.</summary>
/// <param name="Unsure">Its confidence is below that of 99 of 100 reference frames.</param>
/// <param name="Foreign">Its pooled feature is farther from the nearest reference frames than that of 99 of 100 reference frames is.</param>
/// <param name="Strangeness">How far: the squared distance to the third nearest reference frame, in units of the median squared distance of two of them (Sun et al., ICML 2022).</param>
/// <param name="Drifting">It belongs to a change: an alarm lasts.</param>
/// <param name="Window">The window that this frame closed, mostly <see langword="null"/>.</param>
/// <param name="Raised">The alarm that this frame raised, mostly <see langword="null"/>.</param>
/// <param name="Cleared">The alarm that ended with this frame, mostly <see langword="null"/>.</param>
public sealed record FrameVerdict(bool Unsure, bool Foreign, double Strangeness, bool Drifting = false, DriftWindow? Window = null, DriftAlarm? Raised = null, DriftAlarm? Cleared = null)
{
    /// <summary>Whether a person should look at the frame and label it.</summary>
    public bool WorthKeeping => Unsure || Foreign || Drifting;
}
