using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Torch.Tests;

/// <summary>A folder in which stages run, with a log that is kept and that can ask them to stop.</summary>
internal sealed class TrainingBench : IStageLog, IDisposable
{
    private readonly CancellationTokenSource cancel = new();
    private int runs;

    static TrainingBench()
    {
        LibTorch.Load();
        TorchSharp.torch.set_num_threads(1);                                            // tiny tensors: threads would only wait for each other
    }

    public static Vocabulary Vocabulary { get; } = new(typeof(Train).Assembly, typeof(Augmentation).Assembly, typeof(TrainingBench).Assembly);

    public string Folder { get; } = Directory.CreateTempSubdirectory("niwaki-train-").FullName;

    public List<string> Said { get; } = [];

    public double StopAt { get; set; } = double.PositiveInfinity;

    public Action? OnProgress { get; set; }

    public DataSource Data { get; set; } = new Rectangles();

    /// <summary>Two stages of two windowed blocks each and a narrow head: BatchNorm and LayerNorm, a few thousand parameters.</summary>
    public static Architecture Tiny(int width = 8, double dropPath = 0) => new(
        new SwinBackbone([SwinStage.Uniform(width, 2, 2, 4), SwinStage.Uniform(2 * width, 2, 2, 4)]) { DropPath = dropPath },
        new UperNetHead(width) { PoolScales = [1, 2], OutputWidths = [width] },
        3);

    public static Train Train(Architecture architecture, int steps = 40) => new()
    {
        Model = Write(architecture),
        Width = 32,
        Height = 32,
        Steps = steps,
        Batch = 4,
        LearningRate = 5e-3,
        Augmentation = null,
        ValidateEvery = 0,
        Workers = 1,
    };

    /// <summary>A path that is the same in every test, so that the stages' JSON is.</summary>
    public static string Write(Architecture architecture)
    {
        var json = Vocabulary.Write(architecture);
        var path = Path.Combine(Path.GetTempPath(), $"niwaki-tests-{Environment.ProcessId}", $"{(uint)json.GetHashCode(StringComparison.Ordinal)}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
        return path;
    }

    /// <summary>Runs a stage in a folder of its own, or again in the folder of an interrupted one.</summary>
    public TorchModel Run(Stage stage, Artifact? input = null, int seed = 1, string? name = null, Dictionary<string, Artifact>? references = null)
    {
        name ??= $"run-{runs++}";
        return (TorchModel)stage.Apply(input ?? Nothing.Value, Context(name, seed, references), Path.Combine(Folder, name));
    }

    public StageContext Context(string name, int seed = 1, Dictionary<string, Artifact>? references = null)
    {
        var partial = Path.Combine(Folder, name + ".partial");
        Directory.CreateDirectory(partial);
        return new StageContext(partial, Vocabulary, reference => references![reference.Name]) { Data = Data, Seed = seed, Log = this, Cancel = cancel.Token };
    }

    /// <summary>What an interrupted run left, as another run finds it.</summary>
    public void TakeOver(TrainingBench other, string name)
    {
        foreach (var file in Directory.EnumerateFiles(other.Context(name).OutputFolder))
            File.Copy(file, Path.Combine(Context(name).OutputFolder, Path.GetFileName(file)), overwrite: true);
    }

    public static IReadOnlyList<CurvePoint> Curves(TorchModel model) =>
        [.. File.ReadLines(model.PathOf(TorchModel.CurvesFile)).Select(line => JsonSerializer.Deserialize<CurvePoint>(line, Vocabulary.Json)!)];

    public static double[] Series(TorchModel model, string name) => [.. Curves(model).Where(point => point.Series == name).Select(point => point.Value)];

    public void Say(string message) => Said.Add(message);

    public void Progress(string work, double done, double total, string? detail = null)
    {
        OnProgress?.Invoke();
        if (done >= StopAt)
            cancel.Cancel();
    }

    public void Dispose()
    {
        cancel.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
