using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Niwaki.Bench;

/// <summary>
/// <c>Niwaki.Bench overhead EDGE BUNDLE PICTURE [ROUNDS [VIEW]]</c>: what HTTP costs beside the bare engine, both in the published program EDGE, with the
/// same session and threads, two callers at a time, in turn. The bare engine runs a prepared picture and does nothing else. Server and sender share
/// this machine's cores, so that beside the times the processor's time of each is told: a sender on another machine would leave its share to the server.
/// </summary>
internal static class OverheadBench
{
    private const int Senders = 2;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Loaded = TimeSpan.FromSeconds(3);

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["overhead", var edge, var bundle, var picture, .. var rest])
            return false;
        var rounds = rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 5;
        var query = rest.Length > 1 ? $"?view={rest[1]}" : string.Empty;
        var bytes = File.ReadAllBytes(picture);
        foreach (var (lanes, threads) in ((int, int)[])[(1, 1), (2, 1), (1, 2)])
        {
            var measured = Enumerable.Range(0, rounds).Select(_ => (Bare: Bare(edge, bundle, picture, lanes, threads), Http: Http(edge, bundle, bytes, query, lanes, threads))).ToList();
            double Median(Func<(Rate Bare, Load Http), double> value) => measured.Select(value).Order().ElementAt(rounds / 2);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{lanes} lane{(lanes == 1 ? string.Empty : "s")} of {threads} thread{(threads == 1 ? string.Empty : "s")}: engine {Median(each => each.Bare.PerSecond):0.0}/s, {Median(each => each.Bare.Processor):0.00} ms of processor time; HTTP {Median(each => each.Http.PerSecond):0.0}/s, server {Median(each => each.Http.Server):0.00} ms, sender {Median(each => each.Http.Sender):0.00} ms; HTTP is {Median(each => each.Http.PerSecond / each.Bare.PerSecond) * 100:0} % of the engine by the clock, {Median(each => each.Bare.Processor / each.Http.Server) * 100:0} % by the server's processor time; p50 {Median(each => each.Http.P50):0.0} ms, p99 {Median(each => each.Http.P99):0.0} ms"));
        }

        return true;
    }

    private static Rate Bare(string edge, string bundle, string picture, int lanes, int threads)
    {
        using var process = EdgeProgram.Start(edge, ["bench", "--bundle", bundle, "--pictures", picture, "--runs", "10", "--json", .. Engine(lanes, threads)]);
        using var report = JsonDocument.Parse(process.StandardOutput.ReadToEnd());
        process.WaitForExit();
        return new Rate(report.RootElement.GetProperty("enginePerSecond").GetDouble(), report.RootElement.TryGetProperty("engineProcessor", out var processor) ? processor.GetDouble() : double.NaN);
    }

    private static Load Http(string edge, string bundle, byte[] picture, string query, int lanes, int threads)
    {
        using var server = new EdgeProgram(edge, bundle, Engine(lanes, threads));
        SendAll(server.Address, picture, query, Warm);
        var (before, own, begun) = (server.ProcessorTime, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        var times = SendAll(server.Address, picture, query, Loaded);
        var took = Stopwatch.GetElapsedTime(begun);
        return new Load(times.Length / took.TotalSeconds, (server.ProcessorTime - before).TotalMilliseconds / times.Length, (Environment.CpuUsage.TotalTime - own).TotalMilliseconds / times.Length, times[times.Length / 2], times[times.Length * 99 / 100]);
    }

    private static double[] SendAll(Uri address, byte[] picture, string query, TimeSpan time)
    {
        var all = new double[Senders][];
        var threads = Enumerable.Range(0, Senders).Select(i => new Thread(() => all[i] = new PlainSender(address, "/v1/segment" + query, picture).SendFor(time))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return [.. all.SelectMany(each => each).Order()];
    }

    private static string[] Engine(int lanes, int threads) => ["--lanes", $"{lanes}", "--threads", $"{threads}"];

    private readonly record struct Rate(double PerSecond, double Processor);

    private readonly record struct Load(double PerSecond, double Server, double Sender, double P50, double P99);
}
