namespace Niwaki.Edge.Tests;

/// <summary>A real server on a free port of this machine.</summary>
internal sealed class Served : IAsyncDisposable
{
    private readonly Deployment deployment;
    private readonly EdgeServer server;

    private Served(Deployment deployment, DriftWatch? watch, EdgeServer server, RequestRoutes routes, ServeOptions options)
    {
        (this.deployment, Watch, this.server, Routes) = (deployment, watch, server, routes);
        Client = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == options.Certificate?.GetCertHashString() } }) { BaseAddress = server.Address };
    }

    public HttpClient Client { get; }

    public DriftWatch? Watch { get; }

    public RequestRoutes Routes { get; }

    public Uri Address => server.Address;

    public Deployment Deployment => deployment;

    public static async Task<Served> StartAsync(string bundle, ServeOptions? options = null, string? state = null, EdgeSession? session = null)
    {
        options = (options ?? new ServeOptions()) with { Address = new System.Net.IPEndPoint((options ?? new ServeOptions()).Address.Address, 0) };
        session ??= Edge.Session();
        var deployment = Deployment.Open(Bundle.Open(bundle));
        var watch = state is null ? null : DriftWatch.Open(deployment.Bundle, new WatchOptions(state) { Device = "roof" }, session);
        var metrics = new EdgeMetrics();
        var routes = new RequestRoutes(new SegmentEndpoint(deployment, null, watch, metrics, options, TimeProvider.System), new StatusAnswers(deployment, watch, metrics), metrics, options, session);
        var server = await EdgeServer.StartAsync(routes, options);
        routes.IsReady = true;
        return new Served(deployment, watch, server, routes, options);
    }

    public Task<HttpResponseMessage> PostAsync(byte[] body, string type = "image/png", string query = "", string? accept = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/segment" + query) { Content = new ByteArrayContent(body) { Headers = { { "Content-Type", type } } } };
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        return Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<bool> DrainAsync() => server.DrainAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await server.DisposeAsync();
        if (Watch is not null)
            await Watch.DisposeAsync();
        deployment.Dispose();
    }
}
