using System.Diagnostics;

namespace Niwaki.Cli.Tests;

/// <summary>Every stage of the program carried out once, undisturbed, on a tiny network: what a disturbed one has to equal.</summary>
public sealed class StageChain : IDisposable
{
    private const string Data = """{"kind":"synthetic","width":32,"height":32,"train":8,"validation":4}""";

    public static readonly string[] Stages = ["train", "distill", "prune", "export", "quantize", "half", "measure", "gate"];

    // in memory where that is possible: many files are flushed to the disk, and a killed process leaves the same behind
    private const string InMemory = "/dev/shm";

    private readonly CommandLine cli = new(Directory.Exists(InMemory) ? Path.Combine(InMemory, $"niwaki-chain-{Environment.ProcessId}") : null);
    private readonly Dictionary<string, (string Digest, long Bytes, TimeSpan Duration)> undisturbed = [];

    public StageChain()
    {
        foreach (var stage in Stages)
        {
            var clock = Stopwatch.StartNew();
            var (code, output, errors) = cli.Run([.. Command(stage), "--out", cli.Of(stage)]);
            if (code != 0)
            {
                cli.Dispose();
                throw new InvalidOperationException($"{stage} ends with {code}: {output}{errors}");
            }

            undisturbed[stage] = (DigestOf(cli.Of(stage)), Directory.EnumerateFiles(cli.Of(stage), "*", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length), clock.Elapsed);
        }
    }

    public string Folder => cli.Folder;

    public string Digest(string stage) => undisturbed[stage].Digest;

    public long Bytes(string stage) => undisturbed[stage].Bytes;

    public TimeSpan Duration(string stage) => undisturbed[stage].Duration;

    /// <summary>Its command, without <c>--out</c>; the inputs are the undisturbed artifacts.</summary>
    public string[] Command(string stage, int steps = 8)
    {
        string[] training = ["--model", "mobilevit-micro+upernet-8", "--width", "32", "--height", "32", "--steps", $"{steps}", "--batch", "2", "--workers", "1", "--checkpoint-every", "0 s", "--validate-every", "4", "--data", Data, "--threads", "1"];
        return stage switch
        {
            "train" => ["train", .. training],
            "distill" => ["distill", "--teacher", cli.Of("train"), .. training],
            "prune" => ["prune", "--in", cli.Of("train"), "--keep", "0.8", "--least", "0.1", "--importance", """{"kind":"fisher","pictures":4}""", "--data", Data, "--threads", "1"],
            "export" => ["export", "--in", cli.Of("train"), "--data", Data],
            "quantize" => ["quantize", "--in", cli.Of("export"), "--images", "2", "--agreement", "0", "--data", Data],
            "half" => ["half", "--in", cli.Of("export"), "--images", "2", "--agreement", "0", "--data", Data],
            "measure" => ["measure", "--in", cli.Of("export"), "--images", "2", "--runs", "3", "--memory", "false", "--energy", "false", "--data", Data],
            _ => ["gate", "--in", cli.Of("measure"), "--budget", """{"minMeanIoU":0}"""],
        };
    }

    public (int Code, string Output, string Errors) Run(string[] command) => cli.Run(command);

    /// <summary>The program as a process of its own.</summary>
    public Process Start(string[] command)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        foreach (var arg in (string[])[Path.Combine(AppContext.BaseDirectory, "Niwaki.Cli.dll"), .. command])
            start.ArgumentList.Add(arg);
        return Process.Start(start)!;
    }

    public static string DigestOf(string folder) => ArtifactStore.Open(folder, CommandLine.Words).Digest;

    public void Dispose() => cli.Dispose();
}
