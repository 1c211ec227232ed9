using System.Diagnostics;
using System.Net;

namespace Niwaki.Edge.Tests;

/// <summary>What many requests at once met.</summary>
/// <param name="Answered">With labels.</param>
/// <param name="Refused">With 503 and a time to come back.</param>
/// <param name="Wrong">Everything else.</param>
/// <param name="Times">Of the answered ones, sorted.</param>
/// <param name="Took">All of it.</param>
internal sealed record Load(int Answered, int Refused, IReadOnlyList<string> Wrong, IReadOnlyList<TimeSpan> Times, TimeSpan Took)
{
    public override string ToString() =>
        FormattableString.Invariant($"{Answered} answered, {Refused} asked to come back, {Wrong.Count} wrong; p50 {At(0.5):0.0} ms, p99 {At(0.99):0.0} ms, {Answered / Took.TotalSeconds:0} a second");

    /// <summary>Sends pictures in turn, so many at a time.</summary>
    public static async Task<Load> SendAsync(Uri server, IReadOnlyList<byte[]> pictures, int requests, int atOnce, CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = atOnce }) { BaseAddress = server };
        var (next, refused) = (-1, 0);
        var wrong = new List<string>();
        var times = new List<TimeSpan>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(WorkAsync, cancel)));
        times.Sort();
        return new Load(times.Count, refused, wrong, times, clock.Elapsed);

        async Task WorkAsync()
        {
            while (Interlocked.Increment(ref next) is var number && number < requests)
            {
                var begun = clock.Elapsed;
                try
                {
                    using var body = new ByteArrayContent(pictures[number % pictures.Count]) { Headers = { { "Content-Type", "image/png" } } };
                    using var answer = await client.PostAsync("/v1/segment", body, cancel);
                    var text = await answer.Content.ReadAsStringAsync(cancel);
                    if (answer.StatusCode == HttpStatusCode.OK && text.Contains("\"classes\"", StringComparison.Ordinal))
                    {
                        lock (times)
                            times.Add(clock.Elapsed - begun);
                    }
                    else if (answer.StatusCode == HttpStatusCode.ServiceUnavailable && answer.Headers.RetryAfter?.Delta is { TotalSeconds: >= 1 })
                    {
                        Interlocked.Increment(ref refused);
                        await Task.Delay(20, cancel);
                    }
                    else
                    {
                        Say($"{(int)answer.StatusCode}: {text}");
                    }
                }
                catch (HttpRequestException problem)
                {
                    Say(problem.Message);
                }
            }
        }

        void Say(string problem)
        {
            lock (wrong)
                wrong.Add(problem);
        }
    }

    private double At(double share) => Times.Count == 0 ? double.NaN : Times[(int)(share * (Times.Count - 1))].TotalMilliseconds;
}
