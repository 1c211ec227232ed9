namespace Niwaki.Torch;

/// <summary>
/// Cuts in rounds, with a training between them. Each finished half-round is an artifact of its own among the working files, so that
/// an interrupted pruning goes on where it was.
/// </summary>
internal sealed class PruningRounds(Prune options, TorchModel input, StageContext context)
{
    private const string WorkFolder = ".rounds";
    private const int CalibrationPictures = 64;

    private readonly ChannelGraph original = Graph(input, context);

    /// <summary>The model that the last round cuts, once the rounds before it are done.</summary>
    public static TorchModel DenseOf(Prune options, TorchModel input, StageContext context) =>
        options.Rounds == 1 ? input
        : (TorchModel)ArtifactStore.Open(FolderOf(context, options.Rounds - 1, options.Recover is null ? "cut" : "recovered"), context.Vocabulary);

    public void Run()
    {
        var whole = options.Of.Of(CostOps.Of(original.Architecture, original.Height, original.Width));
        var model = input;
        var rounds = new List<PruningRound>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var budget = (long)(whole * Math.Pow(options.Keep, round / (double)options.Rounds));
            if (options.Rounds > 1)
                context.Log.Say($"round {round} of {options.Rounds}: down to {options.Of.Print(budget)}");
            if (round == options.Rounds)
            {
                Cut(model, budget, context.OutputFolder, rounds);
                break;
            }

            var cut = Finished(round, "cut") ?? Seal(round, folder => Cut(model, budget, folder, []));
            rounds.AddRange(context.Vocabulary.Read<PruningReport>(File.ReadAllText(cut.PathOf(PruningReport.File)), cut.PathOf(PruningReport.File)).Rounds);
            model = options.Recover is null ? cut : Recovered(round, cut);
        }
    }

    /// <summary>The dense weights with what is cut held at its mean where the options say so.</summary>
    public static IReadOnlyDictionary<string, Weight> Held(Prune options, ChannelGraph graph, IReadOnlyDictionary<string, Weight> weights, Preprocess preprocess, ChannelCut cut, StageContext context) =>
        options.Compensate
            ? graph.Compensate(weights, cut, InputStatistics.Of(new ImportanceRequest(graph, options.Choice(graph), weights, preprocess, context), CalibrationPictures).Means)
            : weights;

    private TorchModel Recovered(int round, TorchModel cut)
    {
        var outcome = StageExecution.Produce(options.Recover!, cut, context, _ => (FolderOf(context, round, "recovering"), FolderOf(context, round, "recovered")));
        var model = (TorchModel)outcome.Artifact;
        var before = Graph(cut, context);
        var after = Graph(model, context);
        return (before.Architecture, before.Height, before.Width) == (after.Architecture, after.Height, after.Width)
            ? model
            : throw new StageException($"prune: recover ('{options.Recover!.Name}') changed the model or its input size, so that the rounds do not go together. Take these options out of recover.");
    }

    private void Cut(TorchModel model, long budget, string folder, List<PruningRound> earlier)
    {
        var graph = Graph(model, context);
        var weights = model.Weights(context.Vocabulary);
        var preprocess = model.Preprocess(context.Vocabulary);
        var groups = options.Choice(graph);
        var selection = new ChannelSelection(graph, groups, options.Of, options.RoundTo, options.Floor(original));
        var scores = options.Importance.Scores(new ImportanceRequest(graph, groups, weights, preprocess, context));
        if (groups.Zip(scores).FirstOrDefault(pair => !pair.Second.All(double.IsFinite)).First is { } damaged)
            throw new StageException($"prune: the importance of {damaged.Name} is not a finite number, so the model's weights are damaged. Train it again.");
        var allocation = options.Allocation ?? options.Importance.Allocation;
        var comparable = allocation.Comparable([.. groups.Index().Select(group => new ScoredGroup(group.Item, scores[group.Index], selection.UnitCosts[group.Index]))]);
        var cut = selection.Choose(comparable, budget);

        var (architecture, sliced) = graph.Slice(Held(options, graph, weights, preprocess, cut, context), cut);
        var round = new PruningRound(
            CostOps.Of(graph.Architecture, graph.Height, graph.Width),
            CostOps.Of(architecture, graph.Height, graph.Width),
            [.. groups.GroupBy(group => group.Kind).OrderBy(kind => kind.Key).Select(kind => new PrunedKind(
                kind.Key,
                kind.Count(),
                kind.Sum(group => group.Units),
                kind.Sum(group => cut.Kept.TryGetValue(group.Name, out var kept) ? kept.Count : group.Units)))],
            cut);
        Say(round);
        ModelFiles.WriteNetwork(folder, architecture, sliced, preprocess, model.Classes(context.Vocabulary), context.Vocabulary);
        AtomicFile.WriteText(Path.Combine(folder, PruningReport.File), context.Vocabulary.Write(new PruningReport([.. earlier, round])));
    }

    private void Say(PruningRound round)
    {
        foreach (var kind in round.Kinds)
        {
            var name = kind.Kind == ChannelKind.Stream ? "channels that sums tie together" : $"{Catalog.Kebab(kind.Kind.ToString())}s";
            context.Log.Say($"{name}: {kind.Kept:#,0} of {kind.Units:#,0} stay ({kind.Groups} layers)");
        }

        context.Log.Say(
            $"{round.Before.Macs} -> {round.After.Macs} ({(double)round.After.Macs.Value / round.Before.Macs.Value:0.0 %}), "
            + $"{round.Before.Parameters:#,0} -> {round.After.Parameters:#,0} parameters ({(double)round.After.Parameters / round.Before.Parameters:0.0 %})");
    }

    private TorchModel? Finished(int round, string name) =>
        FolderOf(context, round, name) is var folder && File.Exists(Path.Combine(folder, ArtifactStore.ManifestFile))
            ? (TorchModel)ArtifactStore.Open(folder, context.Vocabulary)
            : null;

    private TorchModel Seal(int round, Action<string> write)
    {
        var partial = FolderOf(context, round, "cutting");
        Directory.CreateDirectory(partial);
        write(partial);
        return ArtifactStore.Seal<TorchModel>(partial, FolderOf(context, round, "cut"), input.Lineage, context.Vocabulary);
    }

    private static string FolderOf(StageContext context, int round, string name) => context.PathOf(Path.Combine(WorkFolder, $"{round}", name));

    private static ChannelGraph Graph(TorchModel model, StageContext context)
    {
        var preprocess = model.Preprocess(context.Vocabulary);
        return ChannelOps.Of(model.Architecture(context.Vocabulary).WithoutAuxiliary(), preprocess.Height, preprocess.Width);
    }
}
