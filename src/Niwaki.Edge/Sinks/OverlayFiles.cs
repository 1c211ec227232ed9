using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Pictures with their labels in colour over them, as JPEG.</summary>
internal sealed class OverlayFiles(string folder, Palette palette, double opacity, int? keep) : Sink
{
    private readonly PictureFolder files = new(folder, ".jpg", keep);

    /// <inheritdoc/>
    public override string Name => $"overlay:{folder}";

    /// <inheritdoc/>
    public override bool TakesPixels => true;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(FrameResult result, CancellationToken cancel)
    {
        files.Write(result, ImageCodec.EncodeJpeg(palette.Over(result.Image, result.Segmentation.Labels, opacity)));
        return ValueTask.CompletedTask;
    }
}
