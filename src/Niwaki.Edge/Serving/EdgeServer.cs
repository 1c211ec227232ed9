using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Niwaki.Edge;

/// <summary>The web server around the model.</summary>
internal sealed class EdgeServer : IAsyncDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private const int HeaderBytes = 16 << 10;
    // slower senders hold a connection for nothing
    private const double LeastBytesPerSecond = 1024;

    private readonly WebApplication app;
    private readonly ServeOptions options;
    private readonly RequestRoutes routes;

    private EdgeServer(WebApplication app, RequestRoutes routes, ServeOptions options) => (this.app, this.routes, this.options) = (app, routes, options);

    /// <summary>Where it listens.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Listens.</summary>
    /// <exception cref="StageException">The address is taken or not this machine's.</exception>
    public static async Task<EdgeServer> StartAsync(RequestRoutes routes, ServeOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        if (options.Certificate is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        var app = builder.Build();
        app.Run(routes.AnswerAsync);
        var server = new EdgeServer(app, routes, options);
        try
        {
            await app.StartAsync();
        }
        catch (Exception problem) when (problem is IOException or System.Net.Sockets.SocketException)
        {
            await app.DisposeAsync();
            throw new StageException($"listen: {options.Address} cannot be listened on ({problem.Message}). Stop what uses it, or choose another address with --listen.", problem);
        }

        server.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    /// <summary>Takes no new requests and waits for those in progress, as long as they may take.</summary>
    /// <returns>Whether all of them were answered.</returns>
    public async Task<bool> DrainAsync()
    {
        routes.IsReady = false;
        using var patience = new CancellationTokenSource(options.Drain);
        await app.StopAsync(patience.Token);
        return !patience.IsCancellationRequested;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        routes.Dispose();
    }

    private static void Configure(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = 2 * options.MaxBytes.Value + (1 << 20); // ours answers first, with a reason, and a little more is read and thrown away
        limits.MaxRequestHeadersTotalSize = HeaderBytes;
        limits.MaxRequestLineSize = HeaderBytes / 2;
        limits.MaxConcurrentConnections = options.Connections;
        limits.RequestHeadersTimeout = Grace * 2;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.MinRequestBodyDataRate = new MinDataRate(LeastBytesPerSecond, Grace);
        limits.MinResponseDataRate = new MinDataRate(LeastBytesPerSecond, Grace);
        kestrel.Listen(options.Address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            if (options.Certificate is { } certificate)
                listen.UseHttps(certificate);
        });
    }

    // signals are the program's
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
