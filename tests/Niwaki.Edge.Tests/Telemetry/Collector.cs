using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

namespace Niwaki.Edge.Tests;

/// <summary>Takes OTLP over HTTP as a collector of OpenTelemetry does.</summary>
internal sealed class Collector : IDisposable
{
    private readonly HttpListener listener = new();
    private readonly int status;
    private readonly Task listening;

    public Collector(int port, int status = 200)
    {
        this.status = status;
        Url = new Uri($"http://127.0.0.1:{port}");
        listener.Prefixes.Add($"{Url}");
        listener.Start();
        listening = Task.Run(ListenAsync);
    }

    public Uri Url { get; }

    public ConcurrentQueue<(string Path, string? Type, string? Key, JsonElement Body)> Received { get; } = [];

    /// <summary>The metrics of what came last, by name.</summary>
    public Dictionary<string, JsonElement> Last() => Received.Last().Body.GetProperty("resourceMetrics")[0].GetProperty("scopeMetrics")[0].GetProperty("metrics").EnumerateArray().ToDictionary(metric => metric.GetProperty("name").GetString()!);

    public void Dispose()
    {
        listener.Abort();
        listening.GetAwaiter().GetResult();
    }

    private async Task ListenAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var context = await listener.GetContextAsync();
                using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
                Received.Enqueue((context.Request.Url!.AbsolutePath, context.Request.ContentType, context.Request.Headers["api-key"], body.RootElement.Clone()));
                context.Response.StatusCode = status;
                context.Response.Close("{}"u8.ToArray(), willBlock: false);
            }
            catch (Exception problem) when (problem is HttpListenerException or ObjectDisposedException or IOException)
            {
                // it was stopped, or the sender left
            }
        }
    }
}
