using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Niwaki.Bench;

/// <summary>What strangers send, the same for a seed.</summary>
internal sealed class HostileUploads(HttpClient client, byte[] picture, TextWriter output)
{
    private const int Step = 500;

    private readonly Random random = new(7);
    private readonly SortedDictionary<string, int> seen = new(StringComparer.Ordinal);

    /// <summary>Sends so many and says what came back, and the memory after each five hundred.</summary>
    public async Task SendAsync(int count, Func<double> resident)
    {
        var memory = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var answer = (i % 8) switch
            {
                0 => await PostAsync(Cut(), "image/png"),
                1 => await PostAsync(Flipped(), "image/jpeg"),
                2 => await PostAsync(Noise(), "application/octet-stream"),
                3 => await PostAsync(Spliced(), "image/webp"),
                4 => await PostAsync(Bomb(), "image/png"),
                5 => await PostAsync(picture, "text/html"),
                6 => await StopAsync(),
                _ => await PostAsync(Flipped(), "image/png"),
            };
            seen[answer] = seen.GetValueOrDefault(answer) + 1;
            if ((i + 1) % Step == 0)
                memory.Add(resident().ToString("0.0", CultureInfo.InvariantCulture));
        }

        output.WriteLine($"resident, each {Step} uploads: {string.Join(' ', memory)} MB");
        output.WriteLine($"{count} uploads: {string.Join(", ", seen.Select(each => $"{each.Value} x {each.Key}"))}");
    }

    private async Task<string> PostAsync(byte[] bytes, string type)
    {
        try
        {
            using var answer = await client.PostAsync("/v1/segment", ServingBench.Content(bytes, type));
            return $"{(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "connection closed";
        }
    }

    // promises a picture, sends half of it and goes away; every tenth holds on for a moment
    private async Task<string> StopAsync()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(client.BaseAddress!.Host, client.BaseAddress.Port);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/segment HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {picture.Length}\r\n\r\n"));
        await stream.WriteAsync(picture.AsMemory(0, random.Next(picture.Length)));
        if (random.Next(10) == 0)
            await Task.Delay(200);
        return "gone in the middle";
    }

    private byte[] Cut() => picture[..random.Next(1, picture.Length)];

    private byte[] Flipped()
    {
        var bytes = picture.ToArray();
        for (var k = random.Next(1, 16); k > 0; k--)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private byte[] Noise()
    {
        var bytes = picture.ToArray();
        random.NextBytes(bytes.AsSpan(random.Next(bytes.Length)));
        return bytes;
    }

    private byte[] Spliced() => [.. picture.AsSpan(0, random.Next(8, 300)), .. picture.AsSpan(random.Next(picture.Length))];

    // a header that claims up to 2^31 pixels a side, in front of a real picture's data
    private byte[] Bomb()
    {
        var bytes = picture.ToArray();
        if (bytes.Length < 33 || bytes[0] != 0x89)
            return bytes;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), random.Next(1, int.MaxValue) >> random.Next(24));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), random.Next(1, int.MaxValue) >> random.Next(24));
        var crc = uint.MaxValue;
        foreach (var each in bytes.AsSpan(12, 17))
        {
            crc ^= each;
            for (var k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), ~crc);
        return bytes;
    }
}
