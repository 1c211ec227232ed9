namespace Niwaki.Cli.Tests;

/// <summary>A finished run of a tiny network, from training to a gate.</summary>
public sealed class BundleRun : IDisposable
{
    public const string Data = """{"kind":"synthetic","width":32,"height":32,"train":4,"validation":40}""";

    private const string Recipe = $$"""
        {
          "name": "bundle-test",
          "data": {{Data}},
          "steps": [
            { "name": "network", "stage": { "kind": "train", "model": "mobilevit-micro+upernet-8", "width": 32, "height": 32, "steps": 2, "batch": 2, "workers": 1, "validateEvery": 0 } },
            { "name": "exported", "stage": { "kind": "export" } },
            { "name": "int8", "stage": { "kind": "quantize", "images": 2, "agreement": 0 } },
            { "name": "measured", "stage": { "kind": "measure", "images": 2, "runs": 3, "memory": false, "energy": false } },
            { "name": "gate", "stage": { "kind": "gate", "budget": { "maxLatency": "9 s", "maxMemory": "900 MB" } } }
          ]
        }
        """;

    private readonly CommandLine cli = new();

    public BundleRun()
    {
        var (code, output, errors) = cli.Run("run", cli.Write("recipe.json", Recipe), "--out", Folder, "--threads", "1");
        if (code is not (0 or 3))
        {
            cli.Dispose();
            throw new InvalidOperationException($"the run ends with {code}: {output}{errors}");
        }
    }

    public string Folder => cli.Of("run");

    public Artifact Artifact(string step) => ArtifactStore.Open(RunFolder.FolderOf(Folder, RunIndex.Read(Folder, CommandLine.Words).Steps.Single(made => made.Name == step)), CommandLine.Words);

    public void Dispose() => cli.Dispose();
}
