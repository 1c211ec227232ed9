using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>Metrics for a collector of OpenTelemetry.</summary>
public sealed class OtlpTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly Bundle bundle;

    public OtlpTests() => bundle = Bundle.Open(new TestBundle().Unpack(folder));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Served_metrics_reach_the_collector_with_the_numbers_of_the_metrics_page()
    {
        using var collector = new Collector(Tool.FreePort());
        using var edge = EdgeProcess.Serve(bundle.Folder, folder["state"], "--device", "roof", "--otlp", collector.Url.ToString());
        var address = await edge.AddressAsync(Cancel);
        await Load.SendAsync(address, [ImageCodec.EncodePng(Scenes.Of(80, 60, 1))], 12, 2, Cancel);
        Assert.Equal(0, await edge.StopAsync(Cancel)); // the last numbers are sent at the end

        Assert.Contains($"Metrics are sent to {collector.Url}v1/metrics every 60 s.", edge.Said, StringComparison.Ordinal);
        var (path, type, _, body) = collector.Received.Last();
        Assert.Equal(("/v1/metrics", "application/json"), (path, type));
        var resource = body.GetProperty("resourceMetrics")[0].GetProperty("resource").GetProperty("attributes").EnumerateArray().ToDictionary(each => each.GetProperty("key").GetString()!, each => each.GetProperty("value").GetProperty("stringValue").GetString());
        Assert.Equal(("niwaki-edge", "roof", "colours"), (resource["service.name"], resource["service.instance.id"], resource["niwaki.bundle"]));
        var metrics = collector.Last();
        var answers = metrics["niwaki_answers_total"].GetProperty("sum");
        Assert.True(answers.GetProperty("isMonotonic").GetBoolean());
        var answered = Assert.Single(answers.GetProperty("dataPoints").EnumerateArray());
        Assert.Equal(("12", "200"), (answered.GetProperty("asInt").GetString(), answered.GetProperty("attributes")[0].GetProperty("value").GetProperty("stringValue").GetString()));
        Assert.True(long.Parse(answered.GetProperty("startTimeUnixNano").GetString()!, System.Globalization.CultureInfo.InvariantCulture) < long.Parse(answered.GetProperty("timeUnixNano").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        var engine = metrics["niwaki_seconds"].GetProperty("histogram").GetProperty("dataPoints").EnumerateArray().Single(point => point.GetProperty("attributes")[0].GetProperty("value").GetProperty("stringValue").GetString() == "engine");
        Assert.Equal("12", engine.GetProperty("count").GetString());
        Assert.Equal(12, engine.GetProperty("bucketCounts").EnumerateArray().Sum(count => long.Parse(count.GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(engine.GetProperty("bucketCounts").GetArrayLength(), engine.GetProperty("explicitBounds").GetArrayLength() + 1);
        Assert.InRange(metrics["process_resident_memory_bytes"].GetProperty("gauge").GetProperty("dataPoints")[0].GetProperty("asDouble").GetDouble(), 1e6, 1e9);
    }

    [Fact]
    public async Task A_collector_that_breaks_off_is_told_once_and_gets_the_sums_when_it_is_back()
    {
        using var said = new StringWriter();
        var metrics = new EdgeMetrics();
        var port = Tool.FreePort();
        var options = new OtlpOptions(new Uri($"http://127.0.0.1:{port}/v1/metrics"), TimeSpan.FromMilliseconds(50), [new("api-key", "secret")]);
        await using var push = new OtlpPush(options, bundle.Manifest, "roof", () => metrics.Read(bundle.Manifest, 0, null), Edge.Session(TextWriter.Synchronized(said)));
        metrics.Answer(200, TimeSpan.FromMilliseconds(3));
        await UntilAsync(() => said.ToString().Contains("takes no metrics", StringComparison.Ordinal));
        using (var collector = new Collector(port))
        {
            await UntilAsync(() => collector.Received.Count > 1);
            Assert.Equal("secret", collector.Received.Last().Key);
            Assert.Contains("takes metrics again", said.ToString(), StringComparison.Ordinal);
        }

        metrics.Answer(200, TimeSpan.FromMilliseconds(3));
        using (var refusing = new Collector(port, status: 500))
            await UntilAsync(() => refusing.Received.Count > 3);
        metrics.Answer(200, TimeSpan.FromMilliseconds(3));
        using var again = new Collector(port);
        await UntilAsync(() => again.Received.Count > 1);
        Assert.Equal("3", again.Last()["niwaki_answers_total"].GetProperty("sum").GetProperty("dataPoints")[0].GetProperty("asInt").GetString());
        Assert.Equal(2, said.ToString().Split("takes no metrics").Length - 1);
        Assert.DoesNotContain("secret", said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_never_answers_does_not_hold_the_program()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var metrics = new EdgeMetrics();
        var options = new OtlpOptions(new Uri($"http://{silent.LocalEndpoint}/v1/metrics"), TimeSpan.FromMilliseconds(50), []);
        var push = new OtlpPush(options, bundle.Manifest, "roof", () => metrics.Read(bundle.Manifest, 0, null), Edge.Session());
        using var sender = await silent.AcceptTcpClientAsync(Cancel);
        var clock = Stopwatch.StartNew();
        await push.DisposeAsync();
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30)); // twice five seconds, on a busy machine
    }

    [Fact]
    public void Nothing_is_sent_unless_somebody_asks()
    {
        Assert.Null(OtlpOptions.Of(null, _ => null));
        var asked = OtlpOptions.Of(null, name => name switch { "OTEL_EXPORTER_OTLP_ENDPOINT" => "https://collector:4318/", "OTEL_METRIC_EXPORT_INTERVAL" => "2500", "OTEL_EXPORTER_OTLP_HEADERS" => "api-key=a%20b, x=y=z", _ => null })!;
        Assert.Equal(("https://collector:4318/v1/metrics", 2.5), (asked.Url.ToString(), asked.Every.TotalSeconds));
        Assert.Equal([new("api-key", "a b"), new("x", "y=z")], asked.Headers);
        Assert.Equal("http://other:1/base/v1/metrics", OtlpOptions.Of("http://other:1/base", name => name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? "http://collector" : null)!.Url.ToString());
    }

    [Theory]
    [InlineData("collector:4318", null, null, "--otlp: is 'collector:4318'")]
    [InlineData("ftp://collector", null, null, "such as http://localhost:4318")]
    [InlineData("http://collector", "soon", null, "OTEL_METRIC_EXPORT_INTERVAL: is 'soon'")]
    [InlineData("http://collector", "1", null, "milliseconds from 100")]
    [InlineData("http://collector", null, "secret", "OTEL_EXPORTER_OTLP_HEADERS: one of its parts is no NAME=VALUE")]
    public void What_is_not_understood_is_told(string url, string? interval, string? headers, string message)
    {
        var problem = Assert.Throws<StageException>(() => OtlpOptions.Of(url, name => name == "OTEL_METRIC_EXPORT_INTERVAL" ? interval : headers));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "it never came true");
            await Task.Delay(20, Cancel);
        }
    }
}
