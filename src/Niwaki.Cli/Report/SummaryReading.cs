namespace Niwaki.Cli;

/// <summary>Reads a run folder into its <see cref="RunSummary"/>.</summary>
internal static class SummaryReading
{
    /// <param name="run">The run's folder.</param>
    /// <param name="vocabulary">The known records.</param>
    /// <param name="devices">Profiles of devices, in place of the recipe's.</param>
    /// <exception cref="StageException">The folder is no run, one of its artifacts is damaged, or one of the given devices is not known.</exception>
    public static RunSummary Of(string run, Vocabulary vocabulary, IReadOnlyList<string>? devices = null)
    {
        var index = RunIndex.Read(run, vocabulary);
        var (profiles, unpredicted) = devices is { Count: > 0 } ? (Prediction.Profiles(devices, vocabulary), null) : Profiles(index.Recipe, vocabulary);
        var names = index.Steps.Where(step => IsModel(step.Kind, vocabulary)).Select(step => step.Name)
            .Concat(index.Steps.Where(step => step.Kind == "measured").Select(step => step.From)).Distinct().OrderByDescending(name => name == RecipeProblems.Start).ToArray();
        var models = names.Select(name => Model(run, index, name, vocabulary)).OfType<ModelEntry>().Select(model => Predicted(run, model, profiles, vocabulary)).ToArray();
        var gates = index.Steps.Where(step => step.Passed is not null).Select(step => new GateEntry(
            step.Name,
            step.Seed,
            ModelOf(index, step.From, step.Seed) ?? step.From,
            step.Passed == true,
            [.. ArtifactStore.Open<Judged>(RunFolder.FolderOf(run, step), vocabulary).Verdict(vocabulary).Lines])).ToArray();
        var teacher = Teacher(index, models);
        var reference = models.FirstOrDefault(model => model.Name == teacher)?.Figures;
        return new RunSummary(
            RunSummary.CurrentSchema,
            index.Recipe.Name,
            index.Recipe.Seeds,
            [.. models.Select(model => reference is null || model.Name == teacher || !model.IsMeasured ? model : model with { Change = model.Figures.Against(reference) })],
            [.. gates])
        {
            Description = index.Recipe.Description,
            Niwaki = index.Version,
            Passed = gates.Length == 0 ? null : gates.All(gate => gate.Passed),
            Failure = index.Failure,
            Teacher = teacher,
            Unpredicted = unpredicted,
            Machine = models.SelectMany(model => model.Artifacts).SelectMany(artifact => artifact.Measurements).Select(entry => entry.Measurement.Machine).FirstOrDefault(machine => machine is not null),
        };
    }

    // the figures of a run that is shown elsewhere do not need the profiles
    private static (IReadOnlyList<DeviceProfile> Profiles, string? Unpredicted) Profiles(Recipe recipe, Vocabulary vocabulary)
    {
        try
        {
            return (Prediction.Profiles(recipe.Devices, vocabulary), null);
        }
        catch (StageException problem)
        {
            return ([], problem.Message);
        }
    }

    private static ModelEntry Predicted(string run, ModelEntry model, IReadOnlyList<DeviceProfile> profiles, Vocabulary vocabulary) =>
        profiles.Count > 0 && model.IsMeasured && ArtifactStore.Open(FolderOf(run, model.Artifacts[0]), vocabulary) is OnnxModel graph
            ? model with { Predicted = [.. Prediction.Of(graph, profiles, vocabulary)] }
            : model;

    /// <summary>Where an artifact of a run lies.</summary>
    public static string FolderOf(string run, ArtifactEntry artifact) => artifact.Key.Length == 0 || Path.IsPathRooted(artifact.Folder) ? artifact.Folder : Path.Combine(run, artifact.Folder);

    // the model that a gate compares with, or the first one that was measured
    private static string? Teacher(RunIndex index, IReadOnlyList<ModelEntry> models)
    {
        var named = index.Recipe.Steps.Select(step => (step.Stage as Gate)?.Teacher?.Name).FirstOrDefault(name => name is not null);
        return (named is null ? null : ModelOf(index, named, index.Recipe.Seeds[0])) ?? models.FirstOrDefault(model => model.IsMeasured)?.Name;
    }

    private static string? ModelOf(RunIndex index, string measurement, int seed) => index.Steps.FirstOrDefault(step => step.Name == measurement && step.Seed == seed)?.From;

    private static bool IsModel(string kind, Vocabulary vocabulary) => vocabulary.Catalog(typeof(Artifact)).TryGetValue(kind, out var type) && typeof(IModel).IsAssignableFrom(type);

    private static ModelEntry? Model(string run, RunIndex index, string name, Vocabulary vocabulary)
    {
        var artifacts = new List<ArtifactEntry>();
        var (stage, kind) = ("given", string.Empty);
        foreach (var seed in index.Recipe.Seeds)
        {
            var step = index.Steps.FirstOrDefault(candidate => candidate.Name == name && candidate.Seed == seed);
            // what the recipe took is measured like what it made
            var folder = step is not null ? RunFolder.FolderOf(run, step) : name == RecipeProblems.Start && index.Input is { } given ? given : name;
            if (!File.Exists(Path.Combine(folder, ArtifactStore.ManifestFile)))
                continue;
            var artifact = ArtifactStore.Open(folder, vocabulary);
            kind = Catalog.NameOf(artifact.GetType(), typeof(Artifact));
            stage = step?.Stage ?? stage;
            var measurements = index.Steps.Where(candidate => candidate.Kind == "measured" && candidate.From == name && candidate.Seed == seed).Select(candidate =>
            {
                var measured = ArtifactStore.Open<Measured>(RunFolder.FolderOf(run, candidate), vocabulary);
                return new MeasurementEntry(candidate.Name, Path.GetRelativePath(run, measured.Folder), measured.Measurement(vocabulary));
            });
            artifacts.Add(new ArtifactEntry(seed, step?.Key ?? string.Empty, artifact.Digest, step is null ? folder : Path.GetRelativePath(run, folder), step?.Duration ?? TimeSpan.Zero, [.. measurements]));
        }

        return artifacts.Count == 0 ? null : new ModelEntry(name, stage, kind, [.. artifacts], Figures.Of([.. artifacts.Where(artifact => artifact.Measurements.Count > 0).Select(Merge)]));
    }

    // several measurements of one model tell different things: the first word on each counts
    private static Measurement Merge(ArtifactEntry artifact) => artifact.Measurements.Select(entry => entry.Measurement).Aggregate((first, next) => first with
    {
        Accuracy = first.Accuracy ?? next.Accuracy,
        Latencies = [.. first.Latencies, .. next.Latencies.Where(latency => first.Latencies.All(known => known.Threads != latency.Threads))],
        PeakMemory = first.PeakMemory ?? next.PeakMemory,
        FileSize = first.FileSize ?? next.FileSize,
        Parameters = first.Parameters ?? next.Parameters,
        Macs = first.Macs ?? next.Macs,
        Energy = first.Energy ?? next.Energy,
        Engine = first.Engine ?? next.Engine,
        Machine = first.Machine ?? next.Machine,
    });
}
