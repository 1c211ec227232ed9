using System.Diagnostics;
using System.Globalization;

namespace Niwaki.Bench;

/// <summary>Times of several graphs that took turns in one process, in milliseconds.</summary>
/// <param name="Best">The shortest.</param>
/// <param name="Quartile">A quarter were shorter.</param>
/// <param name="Median">Half were shorter.</param>
/// <param name="Processor">Lower quartile of the processor time, which waiting for a busy machine does not lengthen.</param>
internal sealed record GraphTiming(double Best, double Quartile, double Median, double Processor)
{
    private const int WarmUp = 3;
    private const int Side = 224;

    /// <summary>In this process: prints one line for each graph.</summary>
    public static void Measure(int threads, int rounds, IReadOnlyList<string> folders, TextWriter output)
    {
        var graphs = folders.Select(folder => Rivals.Open(folder, threads)).ToArray();
        var picture = Noise();
        var wall = graphs.Select(_ => new List<double>()).ToArray();
        var processor = graphs.Select(_ => new List<double>()).ToArray();
        var clock = new Stopwatch();
        for (var round = -WarmUp; round < rounds; round++)
        {
            for (var i = 0; i < graphs.Length; i++)
            {
                var before = Environment.CpuUsage.TotalTime;
                clock.Restart();
                graphs[i].Run(picture);
                var time = clock.Elapsed;
                if (round < 0)
                    continue;
                wall[i].Add(time.TotalMilliseconds);
                processor[i].Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
            }
        }

        for (var i = 0; i < graphs.Length; i++)
        {
            graphs[i].Dispose();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Share(wall[i], 0)} {Share(wall[i], 0.25)} {Share(wall[i], 0.5)} {Share(processor[i], 0.25)}"));
        }
    }

    /// <summary>In this process: loads a graph, runs it, and prints the peak of its memory in bytes.</summary>
    public static void Memory(int threads, string folder, TextWriter output)
    {
        using var graph = Rivals.Open(folder, threads);
        var picture = Noise();
        for (var run = 0; run < WarmUp; run++)
            graph.Run(picture);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Process.GetCurrentProcess().PeakWorkingSet64}"));
    }

    /// <summary>Reads a line of <see cref="Measure"/>.</summary>
    public static GraphTiming Parse(string line)
    {
        double[] times = [.. line.Split(' ').Select(time => double.Parse(time, CultureInfo.InvariantCulture))];
        return new GraphTiming(times[0], times[1], times[2], times[3]);
    }

    private static float[] Noise()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, 3 * Side * Side).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    private static double Share(List<double> times, double share) => times.Order().ElementAt((int)(share * times.Count));
}
