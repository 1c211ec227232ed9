using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>What strangers send. Not beside other tests: memory is counted for the whole process.</summary>
[Collection(Alone.Name)]
public sealed class HostileUploadTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly byte[] png = ImageCodec.EncodePng(Scenes.Of(120, 90, 1));
    private readonly byte[] jpeg = ImageCodec.EncodeJpeg(Scenes.Of(120, 90, 1));
    private readonly string bundle;

    public HostileUploadTests() => bundle = new TestBundle().Unpack(folder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Damaged_pictures_are_refused_or_labelled_and_never_harm()
    {
        await using var served = await Served.StartAsync(bundle);
        var random = new Random(11);
        var seen = new Dictionary<int, int>();
        for (var i = 0; i < 160; i++)
        {
            var bytes = (i % 2 == 0 ? png : jpeg).ToArray();
            switch (i / 2 % 4)
            {
                case 0:
                    bytes = bytes[..random.Next(1, bytes.Length)];
                    break;
                case 1:
                    for (var k = 0; k < 8; k++)
                        bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    random.NextBytes(bytes.AsSpan(random.Next(12, bytes.Length)));
                    break;
                default:
                    bytes = [.. bytes.AsSpan(0, random.Next(4, 200)), .. bytes.AsSpan(random.Next(bytes.Length))];
                    break;
            }

            using var answer = await served.PostAsync(bytes, i % 3 == 0 ? "application/octet-stream" : "image/png");
            var status = (int)answer.StatusCode;
            seen[status] = seen.GetValueOrDefault(status) + 1;
            Assert.True(status is 200 or 413 or 415 or 422, $"upload {i} was answered {status}: {await answer.Content.ReadAsStringAsync(Cancel)}");
        }

        Assert.True(seen.GetValueOrDefault(422) > 20, "most damage is recognised as damage");
        Assert.Equal(HttpStatusCode.OK, (await served.PostAsync(png)).StatusCode);
    }

    [Fact]
    public async Task A_bomb_is_refused_by_its_header_without_its_memory_being_taken()
    {
        await using var served = await Served.StartAsync(bundle);
        await served.PostAsync(png);
        var (huge, large) = (Bomb(30_000, 30_000), Bomb(5_000, 5_000));
        var (before, resident) = (GC.GetTotalAllocatedBytes(), PeakMemory.Now()!.Value.Value);
        using var answer = await served.PostAsync(huge);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode); // beyond what any picture has
        using var smaller = await served.PostAsync(large);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, smaller.StatusCode);
        Assert.Contains("--max-pixels", await smaller.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 32 << 20);
        Assert.InRange(PeakMemory.Now()!.Value.Value - resident, long.MinValue, 64 << 20);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused_announced_or_not()
    {
        await using var served = await Served.StartAsync(bundle, new ServeOptions { MaxBytes = new Bytes(20_000) });
        var body = png.Concat(new byte[40_000]).ToArray();
        using var announced = await served.PostAsync(body);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, announced.StatusCode);
        using var chunked = new HttpRequestMessage(HttpMethod.Post, "/v1/segment") { Content = new StreamContent(new MemoryStream(body)) { Headers = { { "Content-Type", "image/png" } } } };
        chunked.Headers.TransferEncodingChunked = true;
        using var answer = await served.Client.SendAsync(chunked, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
    }

    [Theory]
    [InlineData("text/html", "<script>", 415)]
    [InlineData("image/svg+xml", "<svg/>", 415)]
    [InlineData("multipart/form-data; boundary=x", "--x", 415)]
    [InlineData("image/png", "GIF89a no picture that is taken", 415)]
    [InlineData("image/png", "BM no picture that is taken either", 415)]
    [InlineData("image/jpeg", "", 400)]
    public async Task What_is_no_picture_is_refused_by_its_type_or_its_first_bytes(string type, string body, int status)
    {
        await using var served = await Served.StartAsync(bundle);
        using var answer = await served.PostAsync(Encoding.ASCII.GetBytes(body), type);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_sender_that_stops_in_the_middle_is_cut_off_in_time()
    {
        await using var served = await Served.StartAsync(bundle, new ServeOptions { RequestTime = TimeSpan.FromSeconds(1) });
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", served.Address.Port, Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {png.Length}\r\n\r\n"), Cancel);
        await stream.WriteAsync(png.AsMemory(0, 100), Cancel);
        var answer = new byte[12];
        await stream.ReadExactlyAsync(answer, Cancel);
        Assert.Equal("HTTP/1.1 408", Encoding.ASCII.GetString(answer));
        Assert.Equal(HttpStatusCode.OK, (await served.PostAsync(png)).StatusCode);
    }

    [Fact]
    public async Task A_sender_that_goes_away_leaves_its_place_to_others()
    {
        await using var served = await Served.StartAsync(bundle, new ServeOptions { Queue = 0 });
        for (var i = 0; i < 40; i++)
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", served.Address.Port, Cancel);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {png.Length}\r\n\r\n"), Cancel);
            await socket.GetStream().WriteAsync(i % 2 == 0 ? png.AsMemory(0, 50) : png, Cancel);
        }

        using var answer = await Until(() => served.PostAsync(png), answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("GET / HTTP/9.9\r\n\r\n")]
    [InlineData("\0\0\0\0")]
    [InlineData("POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n")]
    [InlineData("POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("GET /%00%ff/../../x HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task What_is_no_http_harms_nobody(string text)
    {
        await using var served = await Served.StartAsync(bundle);
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", served.Address.Port, Cancel);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(text), Cancel);
        socket.Client.Shutdown(SocketShutdown.Send);
        using var answer = new StreamReader(stream);
        Assert.DoesNotContain(" 500 ", await answer.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal("ok\n", await served.Client.GetStringAsync("/healthz", Cancel));
    }

    private static async Task<HttpResponseMessage> Until(Func<Task<HttpResponseMessage>> ask, Func<HttpResponseMessage, bool> good)
    {
        for (var i = 0; ; i++)
        {
            var answer = await ask();
            if (good(answer) || i == 50)
                return answer;
            answer.Dispose();
            await Task.Delay(100, Cancel);
        }
    }

    internal static byte[] Bomb(int width, int height)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var row = new byte[width * 3 + 1];
            for (var y = 0; y < Math.Min(height, 2000); y++)
                zlib.Write(row);
        }

        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        Chunk("IHDR"u8, header);
        Chunk("IDAT"u8, packed.ToArray());
        Chunk("IEND"u8, []);
        return file.ToArray();

        void Chunk(ReadOnlySpan<byte> kind, byte[] data)
        {
            var number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
            file.Write(number);
            byte[] body = [.. kind, .. data];
            file.Write(body);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
            file.Write(number);
        }
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var each in bytes)
        {
            crc ^= each;
            for (var k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        return ~crc;
    }
}
