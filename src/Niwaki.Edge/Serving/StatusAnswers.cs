using System.Text;
using Microsoft.AspNetCore.Http;

namespace Niwaki.Edge;

/// <summary>What the server tells of itself.</summary>
internal sealed class StatusAnswers(Deployment deployment, DriftWatch? watch, EdgeMetrics metrics)
{
    /// <summary><c>/metrics</c>.</summary>
    public Task MetricsAsync(HttpContext http, int inside) =>
        SendAsync(http, "text/plain; version=0.0.4; charset=utf-8", Encoding.UTF8.GetBytes(PrometheusText.Of(metrics.Read(deployment.Bundle.Manifest, inside, watch))));

    /// <summary><c>/v1/model</c>.</summary>
    public Task ModelAsync(HttpContext http)
    {
        var (bundle, manifest) = (deployment.Bundle, deployment.Bundle.Manifest);
        return SendAsync(http, AnswerForm.Json, EdgeJson.Write(new ModelAnswer
        {
            Bundle = manifest.Name,
            Revision = manifest.Revision,
            Digest = bundle.Digest,
            Trust = Catalog.Kebab(bundle.Trust.ToString()),
            Artifact = manifest.Origin.Artifact,
            Made = manifest.Origin.Made,
            Device = manifest.Device.Name,
            Engine = deployment.Lanes.Engine,
            Threads = deployment.Threads,
            Lanes = deployment.Lanes.Count,
            Program = EdgeSession.Version,
            Opset = manifest.Serving.Opset,
            Width = manifest.Preprocess.Width,
            Height = manifest.Preprocess.Height,
            Resize = Catalog.Kebab(manifest.Preprocess.Resize.ToString()),
            Classes = [.. manifest.Classes.Select((each, index) => new ModelClass(index, each.Name, each.Color))],
            Watched = watch is not null,
        }));
    }

    /// <summary><c>/v1/drift</c>: what the page draws.</summary>
    public Task DriftAsync(HttpContext http)
    {
        if (watch is null)
            throw new Refusal(StatusCodes.Status404NotFound, "This bundle has no reference statistics, so that nothing is watched.");
        var state = watch.State;
        return SendAsync(http, AnswerForm.Json, EdgeJson.Write(new DriftAnswer
        {
            Device = state.Device,
            Since = state.Since,
            Frames = state.Totals.Frames,
            Window = watch.Reference.Window,
            Open = state.Open.Count,
            Windows = state.Windows,
            Exceeding = state.Exceeding,
            Kept = watch.Kept,
            Alarm = state.Alarm is { } alarm ? DriftEvent.Of(alarm) : null,
            Alarms = [.. state.Alarms.TakeLast(16).Select(DriftEvent.Of)],
            Recent = [.. state.Recent.Select(window => new DriftPoint(window.Number, window.Ended, Rounded(window.Confidence), Rounded(window.Entropy), [.. window.Values.Select(DriftExcess.Of)]))],
            Milliseconds = new(metrics.Percentile("request", 0.5) * 1000, metrics.Percentile("request", 0.99) * 1000),
        }));
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 4) : null;

    private static async Task SendAsync(HttpContext http, string type, byte[] body)
    {
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
