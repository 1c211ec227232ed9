using System.Reflection;

namespace Niwaki.Onnx.Tests;

/// <summary>A temporary folder, deleted at the end, with what stages need.</summary>
internal sealed class TestFolder : IDisposable
{
    public static Vocabulary Vocabulary { get; } = new(typeof(Export).Assembly, typeof(Niwaki.Vision.Engine).Assembly, Assembly.GetExecutingAssembly());

    public static IReadOnlyList<ClassInfo> Classes { get; } = [new("ground", "#000000"), new("water", "#0000ff"), new("road", "#808080")];

    public string Path { get; } = Directory.CreateTempSubdirectory("niwaki-onnx-").FullName;

    public List<string> Said { get; } = [];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>A network artifact with random weights.</summary>
    public TorchModel Network(string name, Architecture architecture, int height, int width, int seed = 1)
    {
        Directory.CreateDirectory(this[name + ".partial"]);
        ModelFiles.WriteNetwork(this[name + ".partial"], architecture, RandomWeights.Of(architecture, height, width, seed), new Preprocess(width, height), [.. Classes.Take(architecture.Classes)], Vocabulary);
        return ArtifactStore.Seal<TorchModel>(this[name + ".partial"], this[name], [], Vocabulary);
    }

    public OnnxModel Export(TorchModel network, Export export, string name)
    {
        Directory.CreateDirectory(this[name + ".partial"]);
        return (OnnxModel)export.Apply(network, Context(this[name + ".partial"]), this[name]);
    }

    public StageContext Context(string folder, DataSource? data = null)
    {
        Directory.CreateDirectory(folder);
        return new StageContext(folder, Vocabulary, _ => throw new StageException("no references here")) { Log = new Lines(Said), Data = data };
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private sealed class Lines(List<string> said) : IStageLog
    {
        public void Say(string message) => said.Add(message);

        public void Progress(string work, double done, double total, string? detail = null)
        {
        }
    }
}
