namespace Niwaki.Cli;

/// <summary>What a bundle is made of: a model, and what a run knows of it.</summary>
/// <param name="Model">The model that will serve.</param>
/// <param name="Name">The run's or the folder's name.</param>
internal sealed record BundleSource(OnnxModel Model, string Name)
{
    /// <summary>The float graph that the model was quantized from.</summary>
    public OnnxModel? Float { get; init; }

    /// <summary>The network that it was exported from.</summary>
    public TorchModel? Network { get; init; }

    /// <summary>The data it was measured on.</summary>
    public DataSource? Data { get; init; }

    /// <summary>The limits that a gate of the run set for it.</summary>
    public Budget Budget { get; init; } = new();

    /// <summary>What a person should know.</summary>
    public ValueList<string> Remarks { get; init; } = [];

    /// <summary>Of a run: the model that its last gate judged, or its last ONNX model. Of an artifact: itself.</summary>
    /// <param name="folder">A run or an ONNX model.</param>
    /// <param name="step">A step of the run, in place of that choice.</param>
    /// <param name="words">Reads the files.</param>
    /// <exception cref="StageException">Neither, or a run without an ONNX model.</exception>
    public static BundleSource Of(string folder, string? step, Vocabulary words)
    {
        if (File.Exists(Path.Combine(folder, RunIndex.FileName)))
            return OfRun(folder, step, words);
        if (!Directory.Exists(folder))
            throw new StageException($"{folder}: there is no such folder. Give a run, or the folder of an ONNX model.");
        return step is null
            ? new BundleSource(ArtifactStore.Open<OnnxModel>(folder, words), Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))))
            : throw new UsageException($"--step: {folder} is an artifact, which has no steps.");
    }

    private static BundleSource OfRun(string folder, string? wanted, Vocabulary words)
    {
        var index = RunIndex.Read(folder, words);
        var onnx = Catalog.NameOf(typeof(OnnxModel), typeof(Artifact));
        var steps = index.Steps.Where(step => step.Seed == index.Steps[0].Seed).ToArray();
        var models = steps.Where(step => step.Kind == onnx).ToArray();
        if (models.Length == 0)
            throw new StageException($"{folder}: no step of this run made an ONNX model. Export one.");
        if (wanted is not null && models.All(step => step.Name != wanted))
            throw new StageException($"{folder}: no step '{wanted}' made an ONNX model{Spelling.DidYouMean(wanted, models.Select(step => step.Name))} There are {string.Join(", ", models.Select(step => step.Name))}.");
        var gates = steps.Where(step => step.Passed is not null).Select(gate => (Gate: gate, Model: models.FirstOrDefault(model => model.Name == steps.FirstOrDefault(measured => measured.Name == gate.From)?.From))).Where(pair => pair.Model is not null).ToArray();
        var chosen = wanted is not null ? models.First(step => step.Name == wanted) : gates.LastOrDefault().Model ?? models[^1];
        var judged = gates.Where(pair => pair.Model == chosen).Select(pair => pair.Gate).ToArray();
        var model = ArtifactStore.Open<OnnxModel>(RunFolder.FolderOf(folder, chosen), words);
        var ancestors = steps.Where(step => step != chosen && step.Kind is var kind && (kind == onnx || kind == Catalog.NameOf(typeof(TorchModel), typeof(Artifact))))
            .Select(step => ArtifactStore.Open(RunFolder.FolderOf(folder, step), words))
            .Where(artifact => artifact.Lineage.Count < model.Lineage.Count && artifact.Lineage.Zip(model.Lineage).All(pair => pair.First.Key == pair.Second.Key))
            .OrderBy(artifact => artifact.Lineage.Count).ToArray();
        var recipe = index.Recipe.Steps.FirstOrDefault(step => step.Name == chosen.Name);
        return new BundleSource(model, index.Recipe.Name)
        {
            Float = ancestors.OfType<OnnxModel>().FirstOrDefault(),
            Network = ancestors.OfType<TorchModel>().LastOrDefault(),
            Data = recipe?.Data ?? index.Recipe.Data,
            Budget = judged.Select(gate => (index.Recipe.Steps.FirstOrDefault(step => step.Name == gate.Name)?.Stage as Gate)?.Budget).OfType<Budget>().Aggregate(new Budget(), Both),
            Remarks = [$"The model is that of step '{chosen.Name}'.", .. judged.Where(gate => gate.Passed == false).Select(gate => $"The gate '{gate.Name}' did NOT pass for this model.")],
        };
    }

    private static Budget Both(Budget first, Budget second) => first with
    {
        MaxLatency = second.MaxLatency ?? first.MaxLatency,
        MaxMemory = second.MaxMemory ?? first.MaxMemory,
        MaxEnergy = second.MaxEnergy ?? first.MaxEnergy,
    };
}
