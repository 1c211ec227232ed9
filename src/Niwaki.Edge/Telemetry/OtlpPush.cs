using System.Net.Http.Headers;

namespace Niwaki.Edge;

/// <summary>
/// Sends the metrics to a collector from time to time. They are sums since the start, so that nothing has to be kept for a collector that
/// is away: the next one that arrives tells all.
/// </summary>
internal sealed class OtlpPush : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly OtlpOptions options;
    private readonly Func<IReadOnlyList<MetricFamily>> read;
    private readonly KeyValuePair<string, string>[] resource;
    private readonly EdgeSession session;
    private readonly DateTimeOffset since;
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource stop = new();
    private readonly Task pushing;
    private bool isAway;

    public OtlpPush(OtlpOptions options, BundleManifest bundle, string device, Func<IReadOnlyList<MetricFamily>> read, EdgeSession session)
    {
        (this.options, this.read, this.session, since) = (options, read, session, session.Time.GetUtcNow());
        resource = [new("service.name", "niwaki-edge"), new("service.version", EdgeSession.Version), new("service.instance.id", device), new("niwaki.bundle", bundle.Name), new("niwaki.revision", $"{bundle.Revision}")];
        pushing = Task.Run(PushAsync);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await pushing;
        await SendAsync(); // the last numbers
        client.Dispose();
        stop.Dispose();
    }

    private async Task PushAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(options.Every, session.Time, stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            if (!stop.IsCancellationRequested)
                await SendAsync();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            using var body = new ByteArrayContent(OtlpJson.Write(read(), resource, since, session.Time.GetUtcNow())) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = body };
            foreach (var (name, value) in options.Headers)
                request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            Tell(answer.IsSuccessStatusCode ? null : $"answered {(int)answer.StatusCode} {answer.ReasonPhrase}");
        }
        catch (HttpRequestException problem)
        {
            Tell(problem.Message);
        }
        catch (OperationCanceledException)
        {
            Tell($"did not answer in {Patience.TotalSeconds:0} s");
        }
    }

    // once when it goes away, once when it is back: a collector may be away for days
    private void Tell(string? problem)
    {
        if (problem is not null && !isAway)
            session.Say($"{options.Url}: takes no metrics ({problem}). They are sent again every {options.Every.TotalSeconds:0.###} s.");
        if (problem is null && isAway)
            session.Say($"{options.Url}: takes metrics again.");
        isAway = problem is not null;
    }
}
