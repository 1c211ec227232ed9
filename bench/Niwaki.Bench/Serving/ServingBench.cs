using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace Niwaki.Bench;

/// <summary>
/// Loads a running <c>niwaki-edge serve</c>: <c>Niwaki.Bench serving URL PICTURE [REQUESTS]</c> asks from 2, 8 and 64 senders at a time;
/// <c>Niwaki.Bench hostile URL PICTURE [UPLOADS]</c> sends damaged pictures, wrong types, bombs and senders that stop in the middle.
/// </summary>
internal static class ServingBench
{
    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["serving" or "hostile", var url, var picture, ..])
            return false;
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };
        var bytes = File.ReadAllBytes(picture);
        var count = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : args[0] == "serving" ? 10_000 : 2_000;
        output.WriteLine($"resident before: {Resident(client)} MB");
        if (args[0] == "hostile")
        {
            new HostileUploads(client, bytes, output).SendAsync(count).GetAwaiter().GetResult();
        }
        else
        {
            foreach (var senders in (int[])[2, 8, 64])
                LoadAsync(client, bytes, senders, count / 3, output).GetAwaiter().GetResult();
        }

        output.WriteLine($"resident after: {Resident(client)} MB; the server answers {(int)client.GetAsync("/healthz").GetAwaiter().GetResult().StatusCode}");
        return true;
    }

    /// <summary>A picture as a request.</summary>
    public static ByteArrayContent Content(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    private static async Task LoadAsync(HttpClient client, byte[] picture, int senders, int count, TextWriter output)
    {
        var statuses = new ConcurrentDictionary<string, int>();
        var times = new ConcurrentBag<double>();
        var left = count;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var start = Stopwatch.GetTimestamp();
                using var answer = await client.PostAsync("/v1/segment", Content(picture, "application/octet-stream"));
                await answer.Content.ReadAsByteArrayAsync();
                var status = $"{(int)answer.StatusCode}{((int)answer.StatusCode == 503 && answer.Headers.RetryAfter is null ? " without Retry-After" : string.Empty)}";
                statuses.AddOrUpdate(status, 1, (_, seen) => seen + 1);
                if (answer.IsSuccessStatusCode)
                    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        })));
        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        var sorted = times.Order().ToArray();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{senders} senders: {string.Join(", ", statuses.OrderBy(each => each.Key).Select(each => $"{each.Value} x {each.Key}"))}; of those answered p50 {sorted[sorted.Length / 2]:0.0} ms, p99 {sorted[sorted.Length * 99 / 100]:0.0} ms, {sorted.Length / took:0.0} a second; resident {Resident(client)} MB"));
    }

    private static string Resident(HttpClient client)
    {
        var line = client.GetStringAsync("/metrics").GetAwaiter().GetResult().Split('\n').FirstOrDefault(each => each.StartsWith("process_resident_memory_bytes ", StringComparison.Ordinal));
        return line is null ? "?" : (double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
    }
}
