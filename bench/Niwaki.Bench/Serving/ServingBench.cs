using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;

namespace Niwaki.Bench;

/// <summary>
/// Starts the published program EDGE and loads it: <c>Niwaki.Bench serving EDGE BUNDLE PICTURE [REQUESTS]</c> asks from 2, 8 and 64 senders at a time, so often
/// each; <c>Niwaki.Bench hostile EDGE BUNDLE PICTURE [UPLOADS]</c> sends damaged pictures, wrong types, bombs and senders that stop in the middle. Both follow
/// the resident memory.
/// </summary>
internal static class ServingBench
{
    private const int Steps = 10;

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["serving" or "hostile", var edge, var bundle, var picture, ..])
            return false;
        var bytes = File.ReadAllBytes(picture);
        var count = args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : args[0] == "serving" ? 10_000 : 6_000;
        var begun = Stopwatch.GetTimestamp();
        using var server = new EdgeProgram(edge, bundle, []);
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(2) };
        client.PostAsync("/v1/segment", Content(bytes, "application/octet-stream")).GetAwaiter().GetResult().EnsureSuccessStatusCode();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"listened after {server.Up.TotalSeconds:0.00} s, first answer after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0.00} s; resident {server.Resident:0.0} MB"));
        if (args[0] == "hostile")
        {
            new HostileUploads(client, bytes, output).SendAsync(count, () => server.Resident).GetAwaiter().GetResult();
        }
        else
        {
            foreach (var senders in (int[])[2, 8, 64])
                Load(client, server, bytes, senders, count, output);
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident {server.Resident:0.0} MB, at most {server.Peak:0.0} MB; the server answers {(int)client.GetAsync("/healthz").GetAwaiter().GetResult().StatusCode}"));
        return true;
    }

    /// <summary>A picture as a request.</summary>
    public static ByteArrayContent Content(byte[] bytes, string type) => new(bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };

    // answered requests: who is refused comes back later, as asked
    private static void Load(HttpClient client, EdgeProgram server, byte[] picture, int senders, int count, TextWriter output)
    {
        var (refused, begun, times, resident) = (0, Stopwatch.GetTimestamp(), new List<double>(), new List<string>());
        for (var step = 0; step < Steps; step++)
        {
            var answered = LoadAsync(client, picture, senders, count / Steps).GetAwaiter().GetResult();
            refused += answered.Refused;
            times.AddRange(answered.Times);
            resident.Add(server.Resident.ToString("0.0", CultureInfo.InvariantCulture));
        }

        var took = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{senders} senders: {times.Count} answered, {refused} refused with 503 and Retry-After; p50 {times[times.Count / 2]:0.0} ms, p99 {times[times.Count * 99 / 100]:0.0} ms, {times.Count / took:0.0} a second; resident, each {count / Steps}: {string.Join(' ', resident)} MB"));
    }

    private static async Task<(List<double> Times, int Refused)> LoadAsync(HttpClient client, byte[] picture, int senders, int count)
    {
        var times = new ConcurrentBag<double>();
        var (left, refused) = (count, 0);
        await Task.WhenAll(Enumerable.Range(0, senders).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                while (true)
                {
                    var start = Stopwatch.GetTimestamp();
                    using var answer = await client.PostAsync("/v1/segment", Content(picture, "application/octet-stream"));
                    await answer.Content.ReadAsByteArrayAsync();
                    if (answer.IsSuccessStatusCode)
                    {
                        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                        break;
                    }

                    if ((int)answer.StatusCode != 503 || answer.Headers.RetryAfter?.Delta is not { } wait)
                        throw new InvalidOperationException($"the server answered {(int)answer.StatusCode}.");
                    Interlocked.Increment(ref refused);
                    await Task.Delay(wait);
                }
            }
        })));
        return ([.. times], refused);
    }
}
