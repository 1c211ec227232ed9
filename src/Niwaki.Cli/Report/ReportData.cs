namespace Niwaki.Cli;

/// <summary>Everything that the page shows.</summary>
/// <param name="Summary">The figures.</param>
/// <param name="Index">The steps.</param>
/// <param name="Models">The measured models, the teacher first.</param>
/// <param name="Classes">Names and colours; empty where nothing tells them.</param>
/// <param name="Curves">Of all trained models.</param>
/// <param name="Samples">Pictures with what the models say of them.</param>
/// <param name="Lineage">Each step's own entry, in the order of the run.</param>
/// <param name="Created">When the page was written.</param>
internal sealed record ReportData(
    RunSummary Summary,
    RunIndex Index,
    IReadOnlyList<ModelEntry> Models,
    IReadOnlyList<ClassInfo> Classes,
    IReadOnlyList<Curve> Curves,
    SampleGrid Samples,
    IReadOnlyList<(RunStep Step, LineageStep Entry, string Digest)> Lineage,
    DateTimeOffset Created)
{
    /// <summary>What predictions go by, and how far they are off.</summary>
    public RooflineFit? Fit { get; init; }

    private const int Colors = 12;
    private readonly Dictionary<string, int> colors = Assign(Summary, Index, Models);

    /// <summary>The CSS variable of a model's colour: the teacher's is the neutral one.</summary>
    public string ColorOf(string model) => $"var(--m{colors.GetValueOrDefault(model)})";

    // a measured model and the training that led to it have one colour; two trainings never have the same one, as long as there are enough
    private static Dictionary<string, int> Assign(RunSummary summary, RunIndex index, IReadOnlyList<ModelEntry> measured)
    {
        var assigned = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var model in measured)
            assigned[model.Name] = model.Name == summary.Teacher ? 0 : 1 + ((assigned.Count - (assigned.ContainsValue(0) ? 1 : 0)) % (Colors - 1));
        var given = new HashSet<int>();
        foreach (var name in index.Steps.Where(step => step.Kind == "torch-model").Select(step => step.Name).Distinct().Reverse().Where(name => !assigned.ContainsKey(name)).ToArray())
        {
            var heir = measured.FirstOrDefault(model => Ancestors(index, model.Name).Contains(name) && !given.Contains(assigned[model.Name]));
            var color = heir is not null ? assigned[heir.Name] : Enumerable.Range(1, Colors - 1).FirstOrDefault(free => !assigned.ContainsValue(free), 1 + (assigned.Count % (Colors - 1)));
            assigned[name] = color;
            given.Add(color);
        }

        return assigned;
    }

    private static IEnumerable<string> Ancestors(RunIndex index, string name)
    {
        for (var step = index.Steps.FirstOrDefault(step => step.Name == name); step is not null; step = index.Steps.FirstOrDefault(earlier => earlier.Name == step.From))
            yield return step.From;
    }

    /// <exception cref="StageException">An artifact of the run is damaged.</exception>
    public static ReportData Read(Session session, string run, RunSummary summary)
    {
        var index = RunIndex.Read(run, session.Words);
        var measured = summary.Models.Where(model => model.IsMeasured).OrderByDescending(model => model.Name == summary.Teacher).ToArray();
        // the last measured model's: a recipe may begin with a network of other classes
        var classes = measured.AsEnumerable().Reverse().Concat(summary.Models).SelectMany(model => model.Artifacts)
            .Select(artifact => ArtifactStore.Open(SummaryReading.FolderOf(run, artifact), session.Words))
            .OfType<IModel>().Where(model => File.Exists(Path.Combine(model.Folder, IModel.ClassesFile))).Select(model => model.Classes(session.Words)).FirstOrDefault() ?? [];
        var lineage = index.Steps.Select(step =>
        {
            var artifact = ArtifactStore.Open(RunFolder.FolderOf(run, step), session.Words);
            return (step, artifact.Lineage[^1], artifact.Digest);
        }).ToArray();
        return new ReportData(summary, index, measured, classes, Curve.Read(run, index, session.Words), SampleGrid.Read(run, index, measured), lineage, session.Time.GetUtcNow()) { Fit = Prediction.Fit(null, session.Words) };
    }
}
