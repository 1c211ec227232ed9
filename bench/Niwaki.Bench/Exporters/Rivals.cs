using System.Diagnostics;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>The graphs of one network, each as a model folder: PyTorch's exporter's and ours, in float32 and in 8 bits.</summary>
internal sealed class Rivals(string source, string name, string work)
{
    private const int Side = 224;
    private const int Classes = 1000;
    private const int Images = 8;

    private static readonly Dictionary<string, string> Presets = new(StringComparer.Ordinal)
    {
        ["swin_t"] = "swin-tiny+linear",
        ["vit_b_16"] = "vit-base-16+linear",
        ["resnet18"] = "resnet-18+linear",
    };

    private static readonly Vocabulary Vocabulary = new(typeof(Export).Assembly, typeof(Engine).Assembly, typeof(Torch.TorchEngine).Assembly);
    private static readonly DataSource Scenes = new SyntheticDataSource { Width = Side, Height = Side, Train = Images, Validation = Images };

    /// <summary>Networks that can be compared.</summary>
    public static IEnumerable<string> Names => Presets.Keys;

    /// <summary>Name of the network.</summary>
    public string Name => name;

    /// <summary>The target that our graph is written for.</summary>
    public ExportTarget Target { get; init; }

    /// <summary>Time of our export with its proof.</summary>
    public TimeSpan ExportTime { get; private set; }

    /// <summary>Processor time of our export with its proof, which a busy machine does not lengthen.</summary>
    public TimeSpan ExportProcessorTime { get; private set; }

    /// <summary>PyTorch's graph.</summary>
    public string Theirs => Path.Combine(work, $"{name}.theirs");

    /// <summary>PyTorch's graph with every product in 8 bits.</summary>
    public string TheirsInt8 => Path.Combine(work, $"{name}.theirs.int8");

    /// <summary>Our graph.</summary>
    public string Ours => Path.Combine(work, $"{name}.ours");

    /// <summary>Our graph after our quantization.</summary>
    public string OursInt8 => Path.Combine(work, $"{name}.ours.int8");

    /// <summary>Writes all four.</summary>
    public void Prepare(TextWriter output)
    {
        var preprocess = new Preprocess(Side, Side);
        ClassInfo[] classes = [.. Enumerable.Range(0, Classes).Select(i => new ClassInfo($"class {i}", "#000000"))];
        var architecture = Architecture();
        var imported = Checkpoint.Import(CheckpointFile.Read(Weights()).Tensors, architecture, Side, Side, Vocabulary);
        if (!imported.Complete)
            throw new StageException($"{Weights()}: lacks {string.Join(", ", imported.Missing.Concat(imported.Misfits).Take(5))}. Write the state of torchvision's {name}.");
        var folder = Partial(Path.Combine(work, $"{name}.network"));
        ModelFiles.WriteNetwork(folder, architecture, imported.Weights, preprocess, classes, Vocabulary);
        var network = ArtifactStore.Seal<TorchModel>(folder, Path.Combine(work, $"{name}.network"), [], Vocabulary);

        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        var ours = Apply(new Export { Target = Target, Batch = 1 }, network, Ours, output);
        (ExportTime, ExportProcessorTime) = (clock.Elapsed, Environment.CpuUsage.TotalTime - before);
        Apply(new Quantize { Images = Images, Agreement = 0 }, (OnnxModel)ours, OursInt8, output);

        var graph = OnnxFile.Read(Path.Combine(source, $"{name}.onnx"));
        Seal(Theirs, graph, preprocess, classes);
        var pictures = Pictures(Split.Train).ToArray();
        Seal(TheirsInt8, NaiveQdq.Of(graph, pictures, $"{name}.onnx"), preprocess, classes);
    }

    /// <summary>The share of pictures with the same best class, and the largest difference as a share of the range.</summary>
    public (double Same, double Difference) Agreement(string one, string other)
    {
        using var left = Open(one, Environment.ProcessorCount);
        using var right = Open(other, Environment.ProcessorCount);
        var (same, count, difference) = (0, 0, 0.0);
        foreach (var picture in Pictures(Split.Validation))
        {
            var (expected, actual) = (left.Run(picture).Scores, right.Run(picture).Scores);
            same += Array.IndexOf(expected, expected.Max()) == Array.IndexOf(actual, actual.Max()) ? 1 : 0;
            count++;
            difference = Math.Max(difference, expected.Zip(actual, (x, y) => Math.Abs((double)x - y)).Max() / (expected.Max() - expected.Min()));
        }

        return ((double)same / count, difference);
    }

    /// <summary>Nodes in the file of a model.</summary>
    public static int Nodes(string folder) => OnnxFile.Read(Path.Combine(folder, OnnxModel.GraphFile)).Graph.Node.Count;

    /// <summary>Loads a model folder.</summary>
    public static ISegmenter Open(string folder, int threads) => new OnnxEngine().Open(new OnnxModel(folder) { Digest = string.Empty, Lineage = [] }, Vocabulary, threads);

    private string Weights() => File.Exists(Path.Combine(source, $"{name}.safetensors")) ? Path.Combine(source, $"{name}.safetensors") : Path.Combine(source, $"{name}.pth");

    private Architecture Architecture()
    {
        var preset = Niwaki.Presets.Architecture(Presets[name], Classes);
        return preset.Backbone is SwinBackbone swin ? preset with { Backbone = swin with { Windowing = SwinWindowing.TorchVision, PadPatches = false } } : preset;
    }

    private static IEnumerable<float[]> Pictures(Split split)
    {
        var set = Scenes.Open(split);
        var preprocess = new Preprocess(Side, Side);
        return Enumerable.Range(0, set.Count).Select(i => preprocess.Apply(set.Load(i).Image));
    }

    private static void Seal(string final, Niwaki.Onnx.Proto.ModelProto graph, Preprocess preprocess, IReadOnlyList<ClassInfo> classes)
    {
        var folder = Partial(final);
        OnnxFile.Write(Path.Combine(folder, OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(folder, preprocess, classes, Vocabulary);
        ArtifactStore.Seal<OnnxModel>(folder, final, [], Vocabulary);
    }

    private static Artifact Apply(Stage stage, Artifact input, string final, TextWriter output)
    {
        var context = new StageContext(Partial(final), Vocabulary, _ => throw new StageException("there are no references here")) { Log = new Lines(output, Path.GetFileName(final)), Data = Scenes };
        return stage.Apply(input, context, final);
    }

    private static string Partial(string final)
    {
        var folder = final + ".partial";
        Directory.CreateDirectory(folder);
        return folder;
    }

    private sealed class Lines(TextWriter output, string what) : IStageLog
    {
        public void Say(string message) => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {what}: {message}"));

        public void Progress(string work, double done, double total, string? detail = null)
        {
        }
    }
}
