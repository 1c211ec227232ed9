using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Niwaki.Bench;

/// <summary>A connection that sends one request again and again and reads the answers, at as little cost as can be: it shares the cores with the server.</summary>
internal sealed class PlainSender(Uri address, string path, byte[] picture)
{
    private readonly byte[] request = [.. Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\nContent-Length: {picture.Length}\r\n\r\n"), .. picture];
    private readonly byte[] buffer = new byte[1 << 20];

    /// <summary>Sends as long; gives the milliseconds of each answered request.</summary>
    public double[] SendFor(TimeSpan time)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(address.Host, address.Port);
        var times = new List<double>();
        var begun = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(begun) < time)
        {
            var start = Stopwatch.GetTimestamp();
            socket.Send(request);
            if (Read(socket) != 200)
                throw new InvalidOperationException("the server did not answer 200.");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return [.. times];
    }

    private int Read(Socket socket)
    {
        var (length, head) = (0, -1);
        while (head < 0 || length < head + ContentLength(head))
        {
            var count = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (count == 0)
                throw new InvalidOperationException("the server closed the connection.");
            length += count;
            if (head < 0 && buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) is >= 0 and var end)
                head = end + 4;
        }

        return int.Parse(buffer.AsSpan(9, 3), CultureInfo.InvariantCulture);
    }

    private int ContentLength(int head)
    {
        var from = buffer.AsSpan(0, head)[(buffer.AsSpan(0, head).IndexOf("Content-Length: "u8) + 16)..];
        return int.Parse(from[..from.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
