using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Tests;

/// <summary>A hub on this machine that answers as the real one does, and worse where a test wants it.</summary>
internal sealed class SmallHub : IDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private readonly HttpListener listener;
    private readonly Task serving;

    public SmallHub()
    {
        for (var port = 20_000 + (Environment.ProcessId % 20_000); ; port++)
        {
            // a listener whose start failed is of no use any more
            listener = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
            try
            {
                listener.Start();
                Address = new Uri($"http://127.0.0.1:{port}");
                break;
            }
            catch (HttpListenerException)
            {
                // taken: the next one
            }
        }

        serving = Task.Run(Serve);
    }

    public Uri Address { get; }

    /// <summary>What the repository holds.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Every request: path, range, whether it had the token.</summary>
    public ConcurrentQueue<(string Path, string? Range, string? Authorization)> Asked { get; } = new();

    /// <summary>Answers instead of the usual answer; true if it did.</summary>
    public Func<HttpListenerContext, bool>? Instead { get; set; }

    /// <summary>Announces another digest.</summary>
    public string? WrongDigest { get; set; }

    public int Downloads(string file) => Asked.Count(each => each.Path.EndsWith(file, StringComparison.Ordinal));

    public static string Digest(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public void Dispose()
    {
        listener.Close();
        serving.Wait(TimeSpan.FromSeconds(5));
    }

    /// <summary>A file, whole or from a place on.</summary>
    public void Send(HttpListenerContext context, byte[] content, bool ranges = true, int? announced = null, int? broken = null)
    {
        var (request, answer) = (context.Request, context.Response);
        var from = ranges && request.Headers["Range"] is { } range ? int.Parse(range["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture) : 0;
        answer.Headers["X-Linked-Etag"] = $"\"{WrongDigest ?? Digest(content)}\"";
        answer.Headers["X-Linked-Size"] = $"{announced ?? content.Length}";
        if (from > 0)
        {
            answer.StatusCode = 206;
            answer.Headers["Content-Range"] = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }

        var part = content.AsSpan(from, (broken ?? content.Length) - from).ToArray();
        if (broken is null)
        {
            answer.ContentLength64 = part.Length;
            answer.OutputStream.Write(part);
            answer.Close();
        }
        else
        {
            answer.ContentLength64 = content.Length - from;
            answer.OutputStream.Write(part);
            answer.OutputStream.Flush();
            answer.Abort();
        }
    }

    public static void Status(HttpListenerContext context, int code, string? location = null)
    {
        context.Response.StatusCode = code;
        if (location is not null)
            context.Response.Headers["Location"] = location;
        context.Response.Close();
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                var context = listener.GetContext();
                Asked.Enqueue((context.Request.Url!.AbsolutePath, context.Request.Headers["Range"], context.Request.Headers["Authorization"]));
                Answer(context);
            }
            catch (Exception problem) when (problem is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException)
            {
                if (!listener.IsListening)
                    return;
            }
        }
    }

    private void Answer(HttpListenerContext context)
    {
        if (Instead?.Invoke(context) == true)
            return;
        var path = context.Request.Url!.AbsolutePath;
        if (path == "/api/models/some/model/revision/main")
        {
            var listing = $$"""{ "sha": "{{Commit}}", "siblings": [{{string.Join(", ", Files.Keys.Select(file => $$"""{ "rfilename": "{{file}}" }"""))}}] }""";
            context.Response.OutputStream.Write(Encoding.UTF8.GetBytes(listing));
            context.Response.Close();
        }
        else if (path.StartsWith($"/some/model/resolve/{Commit}/", StringComparison.Ordinal) && Files.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var content))
        {
            Send(context, content);
        }
        else
        {
            Status(context, 404);
        }
    }
}
