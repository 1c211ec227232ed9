using System.Net.Sockets;
using System.Text;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>Two thousand uploads of strangers to a process of its own: it lives, it answers, and its memory stays.</summary>
public sealed class HostileLoadTests : IDisposable
{
    private const int Uploads = 2000;
    // what damaged pictures leave in the collector's and the C library's heaps; a leak of one decoded picture an upload would be 115 MB
    private const long Slack = 48 << 20;

    private readonly TestFolder folder = new();
    private readonly byte[] png = ImageCodec.EncodePng(Scenes.Of(160, 120, 1));
    private readonly byte[] jpeg = ImageCodec.EncodeJpeg(Scenes.Of(160, 120, 1));
    private readonly byte[][] bombs = [HostileUploadTests.Bomb(30_000, 30_000), HostileUploadTests.Bomb(5_000, 5_000), HostileUploadTests.Bomb(65_500, 3)];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Two_thousand_hostile_uploads_harm_nothing_and_leave_nothing()
    {
        using var edge = EdgeProcess.Serve(new TestBundle().Unpack(folder), folder["state"], "--request-time", "2 s");
        var address = await edge.AddressAsync(Cancel);
        var random = new Random(5);
        await SendAsync(address, random, Uploads / 2);
        var before = edge.Resident;

        var seen = await SendAsync(address, random, Uploads);

        var after = edge.Resident;
        Figures.Say($"{Uploads} uploads: {string.Join(", ", seen.Select(each => $"{each.Value} x {each.Key}"))}; resident {new Bytes(before)} before, {new Bytes(after)} after");
        Assert.Equal(Uploads, seen.Values.Sum());
        Assert.All(seen.Keys, answer => Assert.Contains(answer, (string[])["200", "400", "408", "413", "415", "422", "gone"]));
        Assert.True(seen["422"] > Uploads / 8, "most damage is recognised as damage");
        Assert.True(after - before < Slack, $"{new Bytes(before)} before, {new Bytes(after)} after");
        Assert.DoesNotContain("bug in niwaki-edge", edge.Said, StringComparison.Ordinal);
        // and those who mean well are served
        Assert.Equal(50, (await Load.SendAsync(address, [png], 50, 4, Cancel)).Answered);
        Assert.Equal(0, await edge.StopAsync(Cancel));
    }

    private async Task<SortedDictionary<string, int>> SendAsync(Uri address, Random random, int count)
    {
        using var client = new HttpClient { BaseAddress = address };
        var seen = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var slow = new List<Task<string>>();
        for (var i = 0; i < count; i++)
        {
            if (i % 100 == 0)
                slow.Add(SlowAsync(address));
            else
                Count(await UploadAsync(client, i, random));
        }

        foreach (var answer in await Task.WhenAll(slow))
            Count(answer);
        return seen;

        void Count(string answer) => seen[answer] = seen.GetValueOrDefault(answer) + 1;
    }

    private async Task<string> UploadAsync(HttpClient client, int number, Random random) => (number % 8) switch
    {
        0 => await PostAsync(client, png[..random.Next(1, png.Length)], "image/png"),
        1 => await PostAsync(client, jpeg[..random.Next(1, jpeg.Length)], "image/jpeg"),
        2 => await PostAsync(client, Flipped(png, random), "application/octet-stream"),
        3 => await PostAsync(client, Flipped(jpeg, random), "image/png"),
        4 => await PostAsync(client, Noise(random), "image/png"),
        5 => await PostAsync(client, bombs[random.Next(bombs.Length)], "image/png"),
        6 => await PostAsync(client, png, (string[])["text/html", "image/svg+xml", "multipart/form-data; boundary=x"] is var types ? types[random.Next(types.Length)] : string.Empty),
        _ => await LeaveAsync(client.BaseAddress!, random),
    };

    private static async Task<string> PostAsync(HttpClient client, byte[] bytes, string type)
    {
        using var body = new ByteArrayContent(bytes);
        body.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await client.PostAsync("/v1/segment", body, Cancel);
        return $"{(int)answer.StatusCode}";
    }

    private static byte[] Flipped(byte[] picture, Random random)
    {
        var bytes = picture.ToArray();
        for (var k = random.Next(1, 16); k > 0; k--)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private byte[] Noise(Random random)
    {
        var bytes = png.ToArray();
        random.NextBytes(bytes.AsSpan(random.Next(8, bytes.Length)));
        return bytes;
    }

    private async Task<TcpClient> BeginAsync(Uri address, int bytes)
    {
        var socket = new TcpClient();
        await socket.ConnectAsync(address.Host, address.Port, Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {png.Length}\r\n\r\n"), Cancel);
        await stream.WriteAsync(png.AsMemory(0, bytes), Cancel);
        return socket;
    }

    // promises a picture, sends a part and goes away
    private async Task<string> LeaveAsync(Uri address, Random random)
    {
        (await BeginAsync(address, random.Next(png.Length))).Dispose();
        return "gone";
    }

    // promises a picture, sends a part and stays
    private async Task<string> SlowAsync(Uri address)
    {
        using var socket = await BeginAsync(address, 100);
        var answer = new byte[12];
        await socket.GetStream().ReadExactlyAsync(answer, Cancel);
        return Encoding.ASCII.GetString(answer, 9, 3);
    }
}
