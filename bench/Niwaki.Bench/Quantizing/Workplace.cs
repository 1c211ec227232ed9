using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>A temporary folder in which stages run, with their words on the output.</summary>
internal sealed class Workplace(TextWriter output) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("niwaki-quantizers-").FullName;

    public static Vocabulary Vocabulary { get; } = new(typeof(Engine).Assembly, typeof(Export).Assembly);

    public string PathOf(string name) => Path.Combine(folder, name);

    /// <summary>An artifact's folder as it is; a file as an artifact.</summary>
    public OnnxModel Adopt(string path) => Directory.Exists(path)
        ? ArtifactStore.Open<OnnxModel>(path, Vocabulary)
        : (OnnxModel)new Adopt(path).Apply(Nothing.Value, Context("adopted.partial", null), PathOf("adopted"));

    public StageContext Context(string name, DataSource? data)
    {
        Directory.CreateDirectory(PathOf(name));
        return new StageContext(PathOf(name), Vocabulary, _ => throw new StageException("there are no references here")) { Log = new Lines(output), Data = data };
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class Lines(TextWriter output) : IStageLog
    {
        public void Say(string message) => output.WriteLine($"  {message}");

        public void Progress(string work, double done, double total, string? detail = null)
        {
        }
    }
}
