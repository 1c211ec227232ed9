namespace Niwaki.Edge;

/// <summary>A frame on its way to the sinks.</summary>
/// <param name="Number">Counts the frames of a run, from 0.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="Frame">What it is called and when it came.</param>
/// <param name="Image">Its pixels, or as many as were enough for the model.</param>
/// <param name="Segmentation">What the model said.</param>
internal sealed record FrameResult(long Number, string Source, Frame Frame, RgbImage Image, Segmentation Segmentation);
