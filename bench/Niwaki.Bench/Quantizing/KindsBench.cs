using System.Globalization;
using Niwaki.Onnx;

namespace Niwaki.Bench;

/// <summary>
/// <c>kinds [THREADS [ROUNDS]]</c>: what 8 bits gain and cost for each kind of layer on this machine: one layer alone between float values, and
/// the same in a chain that stays in 8 bits; float and 8 bits in turns, lower quartiles; and how far the result of one layer is from float.
/// </summary>
internal static class KindsBench
{
    public const string Help = """
        kinds [THREADS [ROUNDS]]
          a table of layer kinds: float, 8 bits alone, 8 bits in a chain of three, and the signal to noise of one layer in 8 bits.
        """;

    private const int Chain = 3;

    private sealed record Kind(string Name, int Channels, int Height, int Width, Func<LayerGraph, string, int, string> Layer);

    private static readonly Kind[] Kinds =
    [
        Conv(3, 64, 56), Conv(3, 128, 28), Conv(3, 256, 14), Conv(1, 64, 56), Conv(1, 128, 28), Conv(1, 256, 14), Conv(1, 16, 64),
        Conv(3, 64, 56, groups: 64), Conv(3, 256, 14, groups: 256), Conv(3, 64, 28, silu: true),
        Linear(96, 96, 3136), Linear(192, 192, 784), Linear(384, 384, 196), Linear(768, 768, 49), Linear(768, 768, 197), Linear(64, 64, 64), Linear(144, 144, 256),
    ];

    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["kinds", .. var rest])
            return false;
        var threads = rest.Length > 0 ? int.Parse(rest[0], CultureInfo.InvariantCulture) : 1;
        var rounds = rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : 60;
        output.WriteLine($"{threads} thread(s), {OrtRuntime.Version}, 8-bit products {(Cpu.MultipliesInt8 ? "in hardware" : "without VNNI")}");
        output.WriteLine("| layer | float | 8 bits alone | gain | in a chain | gain | signal to noise |");
        output.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var kind in Kinds)
        {
            var (one, three) = (Times(kind, 1, threads, rounds, out var ratio), Times(kind, Chain, threads, rounds, out _));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {kind.Name} | {Milliseconds(one[0])} | {Milliseconds(one[1])} | {one[0] / one[1]:0.00}x | {Milliseconds(three[1] / Chain)} | {three[0] / three[1]:0.00}x | {ratio:0} dB |"));
        }

        return true;
    }

    private static TimeSpan[] Times(Kind kind, int layers, int threads, int rounds, out double ratio)
    {
        var graph = new LayerGraph(kind.Channels, kind.Height, kind.Width);
        var value = "image";
        for (var i = 0; i < layers; i++)
            value = kind.Layer(graph, value, i);
        var model = graph.Finish(value);
        var pictures = graph.Inputs(4);
        var written = Quantization.Of(model, new Quantize { First = true, Simplify = false, Images = pictures.Length }, pictures, kind.Name, !Cpu.MultipliesInt8).Model;
        using var judge = new FidelityJudge(model, kind.Name, [.. pictures.Select(picture => new JudgedPicture(picture, null))], new Preprocess(kind.Width, kind.Height), kind.Channels);
        ratio = judge.Judge(written, CancellationToken.None).SignalToNoise ?? 0;
        using var slow = new TimedGraph(model, kind.Name, threads);
        using var fast = new TimedGraph(written, kind.Name, threads);
        return new InterleavedTiming { Rounds = rounds, ByProcessor = threads == 1 }.Of([slow, fast], CancellationToken.None);
    }

    private static Kind Conv(int kernel, int channels, int side, int groups = 1, bool silu = false) =>
        new($"{(groups > 1 ? "depthwise Conv" : "Conv")} {kernel}x{kernel} {channels}→{channels} at {side}x{side}, {(silu ? "SiLU" : "ReLU")}", channels, side, side, (graph, value, i) => graph.Conv(value, channels, kernel, groups, silu, i));

    private static Kind Linear(int from, int to, int rows) => new($"Gemm {from}→{to} on {rows} rows", 1, rows, from, (graph, value, i) => graph.Linear(value, from, to, i));

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.000} ms");
}
