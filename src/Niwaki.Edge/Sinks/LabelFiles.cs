using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Label maps as PNG: grey value = class.</summary>
internal sealed class LabelFiles(string folder, int? keep) : Sink
{
    private readonly PictureFolder files = new(folder, ".png", keep);

    /// <inheritdoc/>
    public override string Name => $"labels:{folder}";

    /// <inheritdoc/>
    public override ValueTask WriteAsync(FrameResult result, CancellationToken cancel)
    {
        files.Write(result, ImageCodec.EncodePng(result.Segmentation.Labels));
        return ValueTask.CompletedTask;
    }
}
