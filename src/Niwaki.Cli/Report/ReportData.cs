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
    private const int Colors = 8;

    /// <summary>The CSS variable of a model's colour: the teacher is the neutral one.</summary>
    public string ColorOf(string model)
    {
        var place = Models.Select(entry => entry.Name).ToList().IndexOf(model);
        if (model == Summary.Teacher)
            return "var(--m0)";
        var others = Summary.Models.Select(entry => entry.Name).Where(name => name != Summary.Teacher).ToList();
        return $"var(--m{1 + (Math.Max(0, place < 0 ? others.IndexOf(model) : place - 1) % (Colors - 1))})";
    }

    /// <exception cref="StageException">An artifact of the run is damaged.</exception>
    public static ReportData Read(Session session, string run, RunSummary summary)
    {
        var index = RunIndex.Read(run, session.Words);
        var measured = summary.Models.Where(model => model.IsMeasured).OrderByDescending(model => model.Name == summary.Teacher).ToArray();
        var classes = summary.Models.SelectMany(model => model.Artifacts)
            .Select(artifact => ArtifactStore.Open(Path.IsPathRooted(artifact.Folder) || artifact.Key.Length == 0 ? artifact.Folder : Path.Combine(run, artifact.Folder), session.Words))
            .OfType<IModel>().Where(model => File.Exists(Path.Combine(model.Folder, IModel.ClassesFile))).Select(model => model.Classes(session.Words)).FirstOrDefault() ?? [];
        var lineage = index.Steps.Select(step =>
        {
            var artifact = ArtifactStore.Open(RunFolder.FolderOf(run, step), session.Words);
            return (step, artifact.Lineage[^1], artifact.Digest);
        }).ToArray();
        return new ReportData(summary, index, measured, classes, Curve.Read(run, index, session.Words), SampleGrid.Read(run, index, measured, classes), lineage, session.Time.GetUtcNow());
    }
}
