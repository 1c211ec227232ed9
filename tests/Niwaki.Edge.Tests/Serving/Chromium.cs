using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Niwaki.Edge.Tests;

/// <summary>A page in a headless Chromium, driven over its debugging protocol.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private readonly Process process;
    private readonly ClientWebSocket socket = new();
    private readonly TestFolder profile;
    private int number;

    private Chromium(Process process, TestFolder profile) => (this.process, this.profile) = (process, profile);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Chromium> OpenAsync(Uri page)
    {
        var profile = new TestFolder();
        string[] words = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", page.ToString()];
        var process = Process.Start(new ProcessStartInfo(Tool.PathOf("chromium")!, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var browser = new Chromium(process, profile);
        var port = await Until(async () => File.Exists(profile["DevToolsActivePort"]) && (await File.ReadAllLinesAsync(profile["DevToolsActivePort"], Cancel)) is [var first, _, ..] ? first : null, "Chromium gave no debugging port");
        using var client = new HttpClient();
        var address = await Until(
            async () =>
            {
                using var list = JsonDocument.Parse(await client.GetStringAsync($"http://127.0.0.1:{port}/json/list", Cancel));
                return list.RootElement.EnumerateArray().Where(each => each.GetProperty("type").GetString() == "page" && each.GetProperty("url").GetString()!.StartsWith(page.ToString(), StringComparison.Ordinal)).Select(each => each.GetProperty("webSocketDebuggerUrl").GetString()).FirstOrDefault();
            },
            "the page did not open");
        await browser.socket.ConnectAsync(new Uri(address), Cancel);
        return browser;
    }

    /// <summary>The value of an expression.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        var id = ++number;
        var ask = $"{{\"id\":{id},\"method\":\"Runtime.evaluate\",\"params\":{{\"expression\":{JsonSerializer.Serialize(expression)},\"awaitPromise\":true,\"returnByValue\":true}}}}";
        await socket.SendAsync(Encoding.UTF8.GetBytes(ask), WebSocketMessageType.Text, true, Cancel);
        while (true)
        {
            using var message = new MemoryStream();
            var buffer = new byte[1 << 16];
            WebSocketReceiveResult part;
            do
            {
                part = await socket.ReceiveAsync(buffer, Cancel);
                message.Write(buffer, 0, part.Count);
            }
            while (!part.EndOfMessage);
            using var answer = JsonDocument.Parse(message.ToArray());
            if (!answer.RootElement.TryGetProperty("id", out var answered) || answered.GetInt32() != id)
                continue;
            var result = answer.RootElement.GetProperty("result");
            Assert.False(result.TryGetProperty("exceptionDetails", out var problem), problem.ToString());
            return result.GetProperty("result").TryGetProperty("value", out var value) ? value.Clone() : default;
        }
    }

    /// <summary>Waits until an expression is true.</summary>
    public Task WaitAsync(string expression) => Until(async () => (await EvaluateAsync($"!!({expression})")).GetBoolean() ? "true" : null, $"never came true: {expression}");

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        await Task.Delay(200);
        profile.Dispose();
    }

    private static async Task<string> Until(Func<Task<string?>> get, string otherwise)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await get() is { } value)
                return value;
            await Task.Delay(100, Cancel);
        }

        throw new InvalidOperationException(otherwise);
    }
}
