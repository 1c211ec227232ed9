using System.Globalization;
using Niwaki.Onnx;

namespace Niwaki.Bench;

/// <summary>
/// <c>turns THREADS ROUNDS FILE FILE…</c>: times graphs that take turns run by run, in random order. Processor time where there is one thread; the ratio is the median over
/// the rounds, which what else the machine does moves least.
/// </summary>
internal static class TurnsBench
{
    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["turns", var threads, var rounds, .. { Length: > 0 } files])
            return false;
        var graphs = files.Select(file => new TimedGraph(new OrtRuntime { Threads = Number(threads) }.Open(file), file)).ToArray();
        var times = files.Select(_ => new List<double>()).ToArray();
        var random = new Random(1);
        for (var round = -2; round < Number(rounds); round++)
        {
            var order = Enumerable.Range(0, files.Length).ToArray();
            random.Shuffle(order);
            foreach (var i in order)
            {
                var (clock, spent) = (TimeProvider.System.GetTimestamp(), Environment.CpuUsage.TotalTime);
                graphs[i].Run();
                if (round >= 0)
                    times[i].Add((threads == "1" ? Environment.CpuUsage.TotalTime - spent : TimeProvider.System.GetElapsedTime(clock)).TotalMilliseconds);
            }
        }

        for (var i = 0; i < files.Length; i++)
        {
            var ratios = times[0].Zip(times[i], (first, own) => first / own).Order().ToArray();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times[i].Min(),8:0.00} ms at best, {times[i].Order().ElementAt(times[i].Count / 4),8:0.00} ms, {ratios[ratios.Length / 2]:0.000}x ({ratios[ratios.Length / 4]:0.000} to {ratios[ratios.Length * 3 / 4]:0.000})  {files[i]}"));
            graphs[i].Dispose();
        }

        return true;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
