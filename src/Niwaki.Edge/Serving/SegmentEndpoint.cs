using System.Globalization;
using Microsoft.AspNetCore.Http;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary><c>POST /v1/segment</c>: a picture in, its labels out.</summary>
internal sealed class SegmentEndpoint : IDisposable
{
    private readonly Deployment deployment;
    private readonly FramePipeline pipeline;
    private readonly DriftWatch? watch;
    private readonly EdgeMetrics metrics;
    private readonly ServeOptions options;
    private readonly TimeProvider time;
    private readonly Palette palette;
    private readonly RequestBody.Allowance bodies;

    public SegmentEndpoint(Deployment deployment, Tiling? tiling, DriftWatch? watch, EdgeMetrics metrics, ServeOptions options, TimeProvider time)
    {
        (this.deployment, this.watch, this.metrics, this.options, this.time) = (deployment, watch, metrics, options, time);
        pipeline = deployment.Pipeline(tiling, time);
        palette = new Palette(deployment.Classes);
        bodies = new RequestBody.Allowance(options.MaxBodies.Value);
        // one more than there are lanes: a picture is decoded while another is in the engine
        Admission = new Admission(deployment.Lanes.Count + 1, options.Queue);
    }

    /// <summary>Who runs and who waits.</summary>
    public Admission Admission { get; }

    /// <inheritdoc/>
    public void Dispose() => Admission.Dispose();

    /// <summary>Answers.</summary>
    /// <exception cref="Refusal">The request cannot be answered; the message is for its sender.</exception>
    public async Task AnswerAsync(HttpContext http, CancellationToken cancel)
    {
        var form = AnswerForm.Of(http.Request);
        if (!UploadedPicture.MayBe(http.Request.ContentType))
            throw new Refusal(StatusCodes.Status415UnsupportedMediaType, "The content type is no picture's. Send image/jpeg, image/png or image/webp.");
        if (Admission.IsFull)
            throw Full();
        using var body = await RequestBody.ReadAsync(http.Request, bodies, options, cancel);
        UploadedPicture.CheckHeader(body.Bytes, options);
        var waited = time.GetTimestamp();
        byte[] answer;
        using (var turn = await Admission.EnterAsync(cancel) ?? throw Full())
        {
            metrics.Waited(time.GetElapsedTime(waited));
            answer = await LabelAsync(body, form, cancel);
        }

        http.Response.ContentType = form.MediaType;
        http.Response.ContentLength = answer.Length;
        await http.Response.Body.WriteAsync(answer, cancel);
    }

    private async Task<byte[]> LabelAsync(RequestBody body, AnswerForm form, CancellationToken cancel)
    {
        var begun = time.GetTimestamp();
        // an overlay has the picture's own pixels
        var picture = UploadedPicture.Decode(body.Bytes, options.DecodesFast && form.View != AnswerView.Overlay ? pipeline.Network : null);
        var image = picture.Image;
        body.Dispose(); // its memory is somebody else's now
        var segmentation = await pipeline.SegmentAsync(picture, time.GetElapsedTime(begun), cancel);
        metrics.Frame(segmentation.Timing);
        var verdict = form.Watched ? watch?.See(segmentation.Statistics, image, "request", stream: false) : null;
        return form.View switch
        {
            AnswerView.Json => EdgeJson.Write(AnswerOf(segmentation, verdict, form)),
            AnswerView.Labels => ImageCodec.EncodePng(segmentation.Labels),
            _ when form.MediaType == AnswerForm.Png => ImageCodec.EncodePng(palette.OverInPlace(image, segmentation.Labels, form.Opacity)),
            _ => ImageCodec.EncodeJpeg(palette.OverInPlace(image, segmentation.Labels, form.Opacity)),
        };
    }

    private SegmentAnswer AnswerOf(Segmentation segmentation, FrameVerdict? verdict, AnswerForm form) => new()
    {
        Bundle = deployment.Bundle.Manifest.Name,
        Revision = deployment.Bundle.Manifest.Revision,
        Width = segmentation.Labels.Width,
        Height = segmentation.Labels.Height,
        Confidence = Rounded(segmentation.Statistics.Confidence),
        Entropy = Rounded(segmentation.Statistics.Entropy),
        Classes = [.. Enumerable.Range(0, deployment.Classes.Count).Where(i => segmentation.Areas[i] > 0).OrderByDescending(i => segmentation.Areas[i])
            .Select(i => new ClassArea(i, deployment.Classes[i].Name, deployment.Classes[i].Color, Math.Round(segmentation.Areas[i], 6)))],
        Watch = verdict is null ? null : new WatchAnswer(verdict.Unsure, verdict.Foreign, double.IsFinite(verdict.Strangeness) ? Math.Round(verdict.Strangeness, 3) : null, watch!.IsAlarmed),
        Milliseconds = FrameMilliseconds.Of(segmentation.Timing),
        Labels = form.WithLabels ? ImageCodec.EncodePng(segmentation.Labels) : null,
    };

    private Refusal Full()
    {
        var seconds = Math.Max(1, Math.Ceiling(metrics.MeanFrame.TotalSeconds * Admission.Inside / deployment.Lanes.Count));
        return new Refusal(StatusCodes.Status503ServiceUnavailable, string.Create(CultureInfo.InvariantCulture, $"{Admission.Inside} requests run or wait already. Try again in {seconds:0} s.")) { RetryAfter = TimeSpan.FromSeconds(seconds) };
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;
}
