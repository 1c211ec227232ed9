using System.Diagnostics;
using System.Globalization;
using Niwaki.Bench;

if (OptimizeBench.Run(args, Console.Out) || ExporterBench.Run(args, Console.Out) || CalibrationBench.Run(args, Console.Out) || QuantizerBench.Run(args, Console.Out) || OperatorsBench.Run(args, Console.Out) || TurnsBench.Run(args, Console.Out) || KindsBench.Run(args, Console.Out) || RefinementBench.Run(args, Console.Out) || ServingBench.Run(args, Console.Out) || OverheadBench.Run(args, Console.Out))
    return;

// Niwaki.Bench loading: the time that checkpoints take to read.
if (args is ["loading"])
{
    Loading.Measure(Console.Out);
    return;
}

// Niwaki.Bench drift MODEL [CALIBRATION [FRESH [FOLDER...]]]: false alarms of the watch, and what it sees.
if (args is ["drift", var watched, .. var drift])
{
    DriftWatching.Measure(watched, drift.Length > 0 ? Number(drift[0]) : 150, drift.Length > 1 ? Number(drift[1]) : 1000, drift.Length > 2 ? drift[2..] : [], Console.Out);
    return;
}

// Niwaki.Bench [MODEL [SIZE [BATCH [ROUNDS]]]]: both loops in turn, each in a fresh process, medians and their ratio.
if (args is ["child", var kind, var child, var childSize, var childBatch])
{
    TrainingThroughput.Measure(kind == "plain", child, Number(childSize), Number(childBatch), Console.Out);
    return;
}

var model = args.Length > 0 ? args[0] : "mobilevit-micro+upernet-32";
var size = args.Length > 1 ? args[1] : "256";
var batch = args.Length > 2 ? args[2] : "8";
var rounds = args.Length > 3 ? Number(args[3]) : 5;
var plain = new List<double>();
var ours = new List<double>();
for (var round = 0; round < rounds; round++)
{
    plain.Add(Run("plain"));
    ours.Add(Run("niwaki"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round + 1}: plain {plain[^1]:0.00}, niwaki {ours[^1]:0.00} images/s, {ours[^1] / plain[^1]:0.00}x"));
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{model} at {size} x {size}, batch {batch}: median {Median(plain):0.00} -> {Median(ours):0.00} images/s, {Median(ours) / Median(plain):0.00}x"));

double Run(string kind)
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
    foreach (var argument in (string[])["child", kind, model, size, batch])
        start.ArgumentList.Add(argument);
    if (kind == "plain")
        start.Environment["NIWAKI_MALLOC"] = "default";
    using var process = Process.Start(start)!;
    var text = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? double.Parse(text, CultureInfo.InvariantCulture) : throw new InvalidOperationException($"The {kind} process ended with {process.ExitCode}.");
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
