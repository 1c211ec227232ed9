using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Niwaki.Edge.Tests;

public sealed class RemoteSinkTests : IDisposable
{
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Alarms_wait_on_the_disk_while_the_broker_is_down_and_arrive_when_it_is_up()
    {
        Assert.SkipUnless(Tool.IsThere("mosquitto") && Tool.IsThere("mosquitto_sub"), "mosquitto is not installed (Debian: apt-get install mosquitto mosquitto-clients).");
        var port = Tool.FreePort();
        var url = $"mqtt://127.0.0.1:{port}/niwaki/roof";
        // nobody is there: two alarms, and the program ends
        await using (var sink = Open(url))
        {
            sink.Raise("{\"alarm\":1}"u8.ToArray());
            sink.Raise("{\"alarm\":2}"u8.ToArray());
            await Task.Delay(100, Cancel);
        }

        Assert.Equal(2, Directory.GetFiles(folder["state"], "*.json", SearchOption.AllDirectories).Length);
        using var broker = Broker(port);
        using var subscriber = Start("mosquitto_sub", "-h", "127.0.0.1", "-p", $"{port}", "-t", "niwaki/roof/alarms", "-q", "1", "-C", "3");
        await Task.Delay(500, Cancel);
        await using (var again = Open(url))
        {
            again.Raise("{\"alarm\":3}"u8.ToArray());
            var received = await subscriber.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
            Assert.Equal(["{\"alarm\":1}", "{\"alarm\":2}", "{\"alarm\":3}"], received.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }

        Assert.Empty(Directory.GetFiles(folder["state"], "*.json", SearchOption.AllDirectories));
        broker.Kill();
    }

    [Fact]
    public async Task A_broker_that_goes_down_and_up_in_between_loses_no_alarm()
    {
        Assert.SkipUnless(Tool.IsThere("mosquitto") && Tool.IsThere("mosquitto_sub"), "mosquitto is not installed (Debian: apt-get install mosquitto mosquitto-clients).");
        var port = Tool.FreePort();
        var received = new List<string>();
        await using var sink = Open($"mqtt://127.0.0.1:{port}/niwaki/roof");
        for (var round = 0; round < 2; round++)
        {
            using var broker = Broker(port);
            using var subscriber = Start("mosquitto_sub", "-h", "127.0.0.1", "-p", $"{port}", "-t", "niwaki/roof/alarms", "-q", "1", "-C", $"{1 + round}");
            await Task.Delay(500, Cancel);
            sink.Raise(Encoding.ASCII.GetBytes($"up {round}"));
            received.AddRange((await subscriber.StandardOutput.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(40), Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            // what the broker took and did not acknowledge yet would be sent again
            for (var i = 0; i < 200 && ((RemoteSink)sink).WaitingAlarms > 0; i++)
                await Task.Delay(50, Cancel);
            broker.Kill();
            await broker.WaitForExitAsync(Cancel);
            sink.Raise(Encoding.ASCII.GetBytes($"down {round}"));
        }

        Assert.Equal(["up 0", "down 0", "up 1"], received);
        Assert.Equal(1, ((RemoteSink)sink).WaitingAlarms);
    }

    [Fact]
    public async Task Results_and_alarms_are_posted_and_an_alarm_is_sent_again_until_it_is_taken()
    {
        using var listener = new HttpListener();
        var port = Tool.FreePort();
        listener.Prefixes.Add($"http://127.0.0.1:{port}/");
        listener.Start();
        var received = new List<(string Kind, string Body)>();
        var refused = 0;
        var listening = Task.Run(
            async () =>
            {
                while (received.Count < 2)
                {
                    var context = await listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    var body = await reader.ReadToEndAsync(Cancel);
                    if (context.Request.Headers["Niwaki-Kind"] == "alarm" && refused++ == 0)
                        context.Response.StatusCode = 500;
                    else
                        received.Add((context.Request.Headers["Niwaki-Kind"]!, body));
                    context.Response.Close();
                }
            },
            Cancel);
        await using (var sink = Open($"http://127.0.0.1:{port}/hook"))
        {
            sink.Raise("{\"alarm\":1}"u8.ToArray());
            await sink.WriteAsync(Result(0), Cancel);
            await listening.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        }

        Assert.Equal("{\"alarm\":1}", received.Single(each => each.Kind == "alarm").Body);
        Assert.Contains("\"frame\":\"0\"", received.Single(each => each.Kind == "frame").Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_wait_in_bounded_memory_and_the_oldest_are_dropped_and_counted()
    {
        await using var sink = (RemoteSink)Open($"http://127.0.0.1:{Tool.FreePort()}/");
        for (var i = 0; i < 1000; i++)
            await sink.WriteAsync(Result(i), Cancel);
        Assert.InRange(sink.Dropped, 700, 1000 - 256);
    }

    [Fact]
    public void Alarms_are_taken_in_their_order_and_survive_a_restart()
    {
        var store = new AlarmStore(folder["state"], "somewhere", TimeProvider.System);
        for (byte i = 0; i < 3; i++)
            store.Add([i]);
        Assert.Equal(3, new AlarmStore(folder["state"], "somewhere", TimeProvider.System).Count);
        Assert.Equal(0, new AlarmStore(folder["state"], "elsewhere", TimeProvider.System).Count);
        var again = new AlarmStore(folder["state"], "somewhere", TimeProvider.System);
        for (byte i = 0; i < 3; i++)
        {
            var oldest = again.Oldest()!.Value;
            Assert.Equal([i], oldest.Json);
            again.Remove(oldest.File);
        }

        Assert.Null(again.Oldest());
    }

    private Sink Open(string url) => new SinkOptions(TestBundle.Classes, folder["state"], Edge.Session()).Open(url);

    private static FrameResult Result(int number) =>
        new(number, "test", new Frame($"{number}", DateTimeOffset.UnixEpoch, _ => throw new NotSupportedException()), new RgbImage(1, 1, [0, 0, 0]), new Segmentation(new LabelMap(1, 1, [0]), [1, 0, 0, 0], new FrameStatistics(1, 0, [1, 0, 0, 0], [0]), default));

    private Process Broker(int port)
    {
        var configuration = folder.Write("mosquitto.conf", Encoding.ASCII.GetBytes($"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"));
        var process = Start("mosquitto", "-c", configuration);
        for (var i = 0; i < 100; i++)
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return process;
            }
            catch (SocketException)
            {
                Thread.Sleep(50);
            }
        }

        throw new InvalidOperationException("mosquitto did not start.");
    }

    private static Process Start(string program, params string[] words) =>
        Process.Start(new ProcessStartInfo(Tool.PathOf(program)!, words) { RedirectStandardOutput = true, RedirectStandardError = program == "mosquitto" })!;
}
