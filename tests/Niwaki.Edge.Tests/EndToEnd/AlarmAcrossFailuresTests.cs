using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>The broker is down, then the power fails: the alarm still arrives.</summary>
public sealed class AlarmAcrossFailuresTests : IDisposable
{
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_alarm_that_was_raised_without_a_broker_before_a_kill_arrives_after_it()
    {
        Assert.SkipUnless(Tool.IsThere("mosquitto") && Tool.IsThere("mosquitto_sub"), "mosquitto is not installed (Debian: apt-get install mosquitto mosquitto-clients).");
        var bundle = new TestBundle { Watched = true }.Unpack(folder);
        var port = FreePort();
        string[] sinks = ["--to", $"mqtt://127.0.0.1:{port}/niwaki/roof"];
        // foreign frames: nothing but bright noise
        var foreign = Enumerable.Range(0, 24).Select(seed => ImageCodec.EncodePng(Noise(seed))).ToArray();
        using (var edge = EdgeProcess.Serve(bundle, folder["state"], sinks))
        {
            Assert.Empty((await Load.SendAsync(await edge.AddressAsync(Cancel), foreign, 24, 1, Cancel)).Wrong);
            await WaitAsync(() => Waiting() > 0, () => $"no alarm waits on the disk: {edge.Said}");
            edge.Kill();
        }

        using var broker = Process.Start(new ProcessStartInfo(Tool.PathOf("mosquitto")!, ["-p", $"{port}"]) { RedirectStandardError = true })!;
        try
        {
            await WaitAsync(() => Listens(port), () => "mosquitto does not listen");
            // a subscription that the broker knows before anything is sent, and keeps what comes for it
            string[] subscription = ["-h", "127.0.0.1", "-p", $"{port}", "-i", "field", "-c", "-q", "1", "-t", "niwaki/roof/alarms"];
            Tool.Run(Tool.PathOf("mosquitto_sub")!, [.. subscription, "-E"]);
            using var again = EdgeProcess.Serve(bundle, folder["state"], sinks);
            await again.AddressAsync(Cancel);
            using var subscriber = Process.Start(new ProcessStartInfo(Tool.PathOf("mosquitto_sub")!, [.. subscription, "-C", "1", "-W", "60"]) { RedirectStandardOutput = true })!;
            var received = await subscriber.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromMinutes(2), Cancel);
            Assert.True(received.Contains("drift alarm 1", StringComparison.Ordinal), $"received '{received}': {again.Said}");
            await WaitAsync(() => Waiting() == 0, () => $"an alarm that arrived still waits: {again.Said}");
        }
        finally
        {
            broker.Kill();
        }
    }

    private int Waiting() => Directory.Exists(folder["state"]) ? Directory.EnumerateFiles(folder["state"], "*.json", SearchOption.AllDirectories).Count(path => path.Contains("alarm", StringComparison.Ordinal)) : 0;

    private static async Task WaitAsync(Func<bool> until, Func<string> otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (!until())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), otherwise());
            await Task.Delay(100, Cancel);
        }
    }

    private static RgbImage Noise(int seed)
    {
        var pixels = new byte[160 * 120 * 3];
        new Random(seed).NextBytes(pixels);
        return new RgbImage(160, 120, pixels);
    }

    private static bool Listens(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
