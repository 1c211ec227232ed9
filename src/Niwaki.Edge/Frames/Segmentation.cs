namespace Niwaki.Edge;

/// <summary>A labelled frame.</summary>
/// <param name="Labels">At the frame's own size.</param>
/// <param name="Areas">The share of the pixels that each class has, in the order of the classes.</param>
/// <param name="Statistics">What the watch looks at.</param>
/// <param name="Timing">Where the time went.</param>
internal sealed record Segmentation(LabelMap Labels, double[] Areas, FrameStatistics Statistics, FrameTiming Timing);
