using System.Text.Json;
using System.Text.Json.Nodes;
using Niwaki.Onnx;

namespace Niwaki.Cli;

/// <summary>What <c>--in</c> names: the folder of an artifact, or an ONNX file of any origin, which becomes one for as long as the command runs.</summary>
internal sealed class StageInput : IDisposable
{
    private const string Prefix = "niwaki-in-";

    // one that was made just now may not be locked yet
    private static readonly TimeSpan Young = TimeSpan.FromMinutes(1);

    private readonly FolderLock? temporary;

    private readonly string given;

    private StageInput(Artifact artifact, string given, FolderLock? temporary) => (Artifact, this.given, this.temporary) = (artifact, given, temporary);

    public Artifact Artifact { get; }

    /// <summary>Whether a stage can work on an ONNX file.</summary>
    public static bool TakesOnnx(Type input) => input.IsAssignableFrom(typeof(OnnxModel)) && !input.IsAssignableFrom(typeof(Nothing));

    /// <param name="session">Its vocabulary, clock and Ctrl-C.</param>
    /// <param name="stage">What works on it.</param>
    /// <param name="given">The words after --in.</param>
    /// <param name="preprocess">The words after --preprocess.</param>
    /// <param name="log">Is told what an ONNX file was taken for.</param>
    /// <exception cref="StageException">It is no artifact, and no ONNX file that the stage could take.</exception>
    public static StageInput Open(Session session, Stage stage, string given, string? preprocess, IStageLog log)
    {
        if (!File.Exists(given))
        {
            return preprocess is null || !Directory.Exists(given)
                ? new StageInput(ArtifactStore.Open(given, session.Words), given, null)
                : throw new UsageException($"--preprocess: {given} is an artifact, which has its own {IModel.PreprocessFile}. It is for an ONNX file.");
        }

        if (!TakesOnnx(stage.Input))
            throw new StageException($"{given}: is a file, but {stage.Name} needs the folder of a {Catalog.Kebab(stage.Input.IsInterface ? stage.Input.Name[1..] : stage.Input.Name)}.");
        Sweep(session.Time);
        var folder = Directory.CreateTempSubdirectory(Prefix).FullName;
        var taken = FolderLock.Take(folder);
        try
        {
            var adopt = Read(given, preprocess, session.Words);
            var context = new StageContext(Directory.CreateDirectory(Path.Combine(folder, "partial")).FullName, session.Words, reference => throw new StageException($"'{reference.Name}': nothing is referenced here.")) { Log = log, Time = session.Time, Cancel = session.Cancel };
            return new StageInput(adopt.Apply(Nothing.Value, context, Path.Combine(folder, "model")), given, taken);
        }
        catch
        {
            Delete(taken);
            throw;
        }
    }

    /// <summary>A problem with the file's name in it, and not that of the copy that is gone afterwards.</summary>
    public StageException Told(StageException problem) => temporary is null || !problem.Message.Contains(Artifact.Folder, StringComparison.Ordinal)
        ? problem
        : new StageException(problem.Message.Replace(Artifact.PathOf(OnnxModel.GraphFile), given, StringComparison.Ordinal).Replace(Artifact.Folder, given, StringComparison.Ordinal), problem);

    public void Dispose()
    {
        if (temporary is not null)
            Delete(temporary);
    }

    private static void Delete(FolderLock taken)
    {
        taken.Dispose();
        if (Directory.Exists(taken.Folder))
            Directory.Delete(taken.Folder, recursive: true);
    }

    // copies of models that killed runs left, and that nobody holds any more
    private static void Sweep(TimeProvider time)
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), $"{Prefix}*").Where(folder => time.GetUtcNow().UtcDateTime - Directory.GetLastWriteTimeUtc(folder) > Young).ToArray())
        {
            try
            {
                Delete(FolderLock.Take(folder));
            }
            catch (Exception problem) when (problem is StageException or IOException or UnauthorizedAccessException)
            {
                // somebody works there, or it is another user's
            }
        }
    }

    private static Adopt Read(string file, string? preprocess, Vocabulary words)
    {
        JsonObject json;
        try
        {
            json = preprocess is null ? [] : JsonNode.Parse(preprocess) as JsonObject ?? throw new UsageException($"--preprocess: '{preprocess}' is no object such as '{{ \"mean\": [0.5, 0.5, 0.5] }}'.");
        }
        catch (JsonException)
        {
            throw new UsageException($"--preprocess: '{preprocess}' is not JSON. Write '{{ \"mean\": [0.5, 0.5, 0.5] }}'.");
        }

        json["source"] = file;
        var problems = new List<string>();
        using var document = JsonDocument.Parse(json.ToJsonString());
        JsonKeys.Check(document.RootElement, typeof(Adopt), words, "--preprocess", problems);
        return problems.Count == 0 ? json.Deserialize<Adopt>(words.Json)! : throw new UsageException(string.Join(Environment.NewLine, problems));
    }
}
