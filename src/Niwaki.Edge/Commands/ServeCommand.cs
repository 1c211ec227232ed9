using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge serve</c>.</summary>
internal static class ServeCommand
{
    public static Command Make(EdgeSession session)
    {
        var listen = new Option<string>("--listen") { Description = "Address and port; this machine alone unless told otherwise. 0.0.0.0:8080 is every address; port 0 takes a free one.", HelpName = "ADDRESS:PORT", DefaultValueFactory = _ => "127.0.0.1:8080" };
        var token = new Option<string>("--token-file") { Description = "A file with the token that requests have to bring (Authorization: Bearer TOKEN). Default: $NIWAKI_TOKEN, or nobody has to bring one.", HelpName = "FILE" };
        var certificate = new Option<string>("--certificate") { Description = "Certificate for TLS: PEM, with its chain.", HelpName = "FILE" };
        var certificateKey = new Option<string>("--certificate-key") { Description = "Private key of the certificate, PEM. Default: it is in the certificate's file.", HelpName = "FILE" };
        var queue = new Option<int>("--queue") { Description = "Requests that may wait; more are answered 503 with the time to come back.", HelpName = "N", DefaultValueFactory = _ => 32 };
        var bytes = new Option<string>("--max-bytes") { Description = "Largest body.", HelpName = "SIZE", DefaultValueFactory = _ => "16 MB" };
        var pixels = new Option<long>("--max-pixels") { Description = "Largest picture, told by its header before anything is decoded.", HelpName = "N", DefaultValueFactory = _ => 16_000_000 };
        var time = new Option<string>("--request-time") { Description = "Longest time from a request's begin to its answer.", HelpName = "TIME", DefaultValueFactory = _ => "30 s" };
        var drain = new Option<string>("--drain") { Description = "How long requests in progress may take when the program is asked to stop (SIGTERM).", HelpName = "TIME", DefaultValueFactory = _ => "20 s" };
        var source = new Option<string?>("--source") { Description = $"A camera that is watched beside the requests: {FrameSource.Forms}.", HelpName = "SOURCE" };
        var sinks = new Option<string[]>("--to") { Description = $"Where alarms and the results of --source go, once or several times: {SinkOptions.Forms}.", HelpName = "SINK" };
        var rate = new Option<double>("--fps") { Description = "Most frames in a second that --source takes from the requests' time.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var otlp = new Option<string?>("--otlp") { Description = "A collector of OpenTelemetry that gets the numbers of /metrics every minute (OTLP over HTTP, JSON), such as http://localhost:4318. Default: $OTEL_EXPORTER_OTLP_ENDPOINT, or nothing is sent. OTEL_EXPORTER_OTLP_HEADERS and OTEL_METRIC_EXPORT_INTERVAL are honoured.", HelpName = "URL" };
        var command = new Command("serve", "Serves the model over HTTP: POST a JPEG, PNG or WebP picture to /v1/segment and get areas and confidence (JSON), labels (PNG) or an overlay; / is a page to try it. Nothing leaves the device by itself.") { listen, token, certificate, certificateKey, queue, bytes, pixels, time, drain, source, sinks, rate, otlp };
        var deployment = new DeploymentOptions(command, tiles: true);
        var fast = new FastDecode(command);
        var watching = new WatchChoice(command);
        command.SetAction(async (parsed, _) =>
        {
            var from = parsed.GetValue(source) is { } text ? FrameSource.Parse(text, session) : null;
            var tiling = deployment.Tiling(parsed);
            var options = new ServeOptions
            {
                Address = Address(parsed.GetValue(listen)!),
                Token = Token(parsed.GetValue(token)),
                Certificate = Certificate(parsed.GetValue(certificate), parsed.GetValue(certificateKey)),
                Queue = Checked.Within(parsed, queue, 0, 10_000),
                MaxBytes = Checked.Amount(parsed, bytes, new Bytes(1000), new Bytes(1_000_000_000)),
                MaxPixels = Checked.Within(parsed, pixels, 1, Vision.ImageCodec.MaxPixels),
                RequestTime = Checked.Time(parsed, time, TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)),
                Drain = Checked.Time(parsed, drain, TimeSpan.Zero, TimeSpan.FromHours(1)),
            };
            options = options with { MaxBodies = new Bytes(Math.Max(options.MaxBodies.Value, 2 * options.MaxBytes.Value)) };
            var telemetry = OtlpOptions.Of(parsed.GetValue(otlp), Environment.GetEnvironmentVariable);
            using var open = deployment.Open(parsed);
            await using var watch = watching.Open(parsed, open.Bundle, session);
            await using var to = new SinkSet(parsed.GetValue(sinks) ?? [], new SinkOptions(open.Classes, watching.State(parsed), session) { Keep = from?.IsLive == true ? 1000 : null });
            watch?.Listeners.AddRange(to.Sinks);
            options = options with { DecodesFast = fast.Of(parsed, tiling, to) };
            await ServeAsync(open, tiling, watch, to, options, from, Checked.Within(parsed, rate, 0.001, 1000), telemetry is null ? null : (telemetry, watching.Device(parsed)), session);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task ServeAsync(Deployment open, Tiling? tiling, DriftWatch? watch, SinkSet to, ServeOptions options, FrameSource? source, double rate, (OtlpOptions Options, string Device)? telemetry, EdgeSession session)
    {
        var metrics = new EdgeMetrics();
        var segment = new SegmentEndpoint(open, tiling, watch, metrics, options, session.Time);
        var routes = new RequestRoutes(segment, new StatusAnswers(open, watch, metrics), metrics, options, session);
        await using var server = await EdgeServer.StartAsync(routes, options);
        routes.IsReady = true;
        var manifest = open.Bundle.Manifest;
        session.Say($"{manifest.Name} {manifest.Revision} is served at {server.Address} ({open.Lanes.Engine}, {open.Threads} thread{(open.Threads == 1 ? string.Empty : "s")}).");
        if (!IPAddress.IsLoopback(options.Address.Address) && options.Token is null)
            session.Say("Anybody who reaches this address may use the model and see its pictures' statistics: consider --token-file.");
        await using var push = telemetry is { } asked ? new OtlpPush(asked.Options, manifest, asked.Device, () => metrics.Read(manifest, segment.Admission.Inside, watch), session) : null;
        if (push is not null)
            session.Say($"Metrics are sent to {telemetry!.Value.Options.Url} every {telemetry.Value.Options.Every.TotalSeconds:0.###} s.");
        var pump = source is null ? Task.Delay(Timeout.Infinite, session.Stop) : PumpAsync(new FramePump(open.Pipeline(tiling, session.Time), to.Sinks, session) { MostPerSecond = rate, DecodesFast = options.DecodesFast, Watch = result => See(watch, metrics, result, source) }, source, session);
        await pump.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        session.Say("Stopping: requests in progress are finished.");
        if (!await server.DrainAsync())
            session.Say($"Some requests were not finished in {options.Drain.TotalSeconds:0.###} s and were cut off.");
    }

    // a source that ends or fails does not end the server
    private static async Task PumpAsync(FramePump pump, FrameSource source, EdgeSession session)
    {
        try
        {
            var tally = await pump.RunAsync(source, session.Stop);
            session.Say($"{source.Name}: has ended after {tally.Labelled} frames. Requests are still answered.");
        }
        catch (StageException problem)
        {
            session.Say($"{problem.Message} Requests are still answered.");
        }

        await Task.Delay(Timeout.Infinite, session.Stop);
    }

    internal static void See(DriftWatch? watch, EdgeMetrics? metrics, FrameResult result, FrameSource source)
    {
        metrics?.Frame(result.Segmentation.Timing);
        watch?.See(result.Segmentation.Statistics, result.Image, result.Frame.Name, source.IsLive, source.IsVideo);
    }

    private static IPEndPoint Address(string text)
    {
        var named = text.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "127.0.0.1:" + text["localhost:".Length..] : text;
        return named.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(named, out var address)
            ? address
            : throw new StageException($"--listen: is '{text}', but an address and a port are needed, such as 127.0.0.1:8080 or [::]:8080.");
    }

    private static BearerToken? Token(string? file)
    {
        if (file is null)
            return Environment.GetEnvironmentVariable("NIWAKI_TOKEN") is { Length: > 0 } secret ? new BearerToken(secret, "NIWAKI_TOKEN") : null;
        try
        {
            return new BearerToken(File.ReadAllText(file), file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{file}: cannot be read ({problem.Message}).", problem);
        }
    }

    private static X509Certificate2? Certificate(string? file, string? key)
    {
        if (file is null)
            return key is null ? null : throw new StageException("--certificate-key: is there without --certificate.");
        try
        {
            return X509Certificate2.CreateFromPemFile(file, key ?? file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StageException($"{file}: is no certificate with a private key that can be used ({problem.Message}). Both are needed as PEM, the key without a password.", problem);
        }
    }
}
