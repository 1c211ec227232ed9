using System.CommandLine;
using Niwaki.Onnx;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>A command for each stage, made from its record: <c>niwaki prune --in student --keep-macs 0.6 --out small</c>.</summary>
internal static class StageCommand
{
    private sealed record StageResult(string Folder, string Kind, string Key, string Digest, bool Reused, TimeSpan Duration)
    {
        public Measurement? Measurement { get; init; }

        public Verdict? Verdict { get; init; }

        /// <summary>On the devices that were named; not measured.</summary>
        public IReadOnlyList<LatencyPrediction>? Predicted { get; init; }
    }

    public static Command Make(Session session, string name, Type type, bool brief)
    {
        var own = new StageOptions(type, session.Words);
        var common = new CommonOptions();
        common.Out.Description = "The folder to write. [runs/STAGE-KEY]";
        var command = new Command(name, brief ? FirstSentence(Documentation.Of(type)) : Documentation.Of(type));
        foreach (var option in own.All)
            command.Add(option.Option);
        if (own.Subject is { } subject)
            command.Add(subject);
        common.AddTo(command, common.In, common.Out, common.Data, common.Seed, common.Threads, common.Json);
        if (type.BaseType is { IsGenericType: true } predictable && (predictable.GenericTypeArguments[1] == typeof(OnnxModel) || StageInput.TakesOnnx(predictable.GenericTypeArguments[0])))
            common.AddTo(command, common.Device);
        if (type.BaseType is { IsGenericType: true } kinds && StageInput.TakesOnnx(kinds.GenericTypeArguments[0]))
        {
            common.In.Description = "The folder of the artifact to work on, or an ONNX file of any origin.";
            common.AddTo(command, common.Preprocess);
            if (own.Subject is null)
                command.Add(common.Model);
            if (kinds.GenericTypeArguments[1] == typeof(OnnxModel))
                common.Out.Description = "The folder to write; FILE.onnx writes the graph there as well, beside the folder FILE. [runs/STAGE-KEY]";
        }

        command.SetAction(parsed => Run(session, own, common, parsed));
        return command;
    }

    // niwaki optimize FILE is niwaki optimize --in FILE
    private static string? Source(CommonOptions common, ParseResult parsed)
    {
        var (named, bare) = (parsed.GetValue(common.In), parsed.CommandResult.Command.Arguments.Contains(common.Model) ? parsed.GetValue(common.Model) : null);
        return named is not null && bare is not null ? throw new UsageException("--in is given twice, with its name and without.") : named ?? bare;
    }

    // a colon begins the details, as a full stop does
    private static string FirstSentence(string text)
    {
        var end = text.IndexOfAny([':', '.']);
        while (end >= 0 && end + 1 < text.Length && text[end + 1] != ' ')
            end = text.IndexOfAny([':', '.'], end + 1);
        return end < 0 ? text : text[..end] + ".";
    }

    private static int Run(Session session, StageOptions own, CommonOptions common, ParseResult parsed)
    {
        var stage = own.Read(parsed);
        var data = common.ReadData(parsed, session.Words);
        var seeds = parsed.GetValue(common.Seed) ?? [];
        if (seeds.Length > 1)
            throw new UsageException("--seed: a single stage has one seed; a recipe can have several.");
        common.ApplyThreads(parsed);
        var source = Source(common, parsed);
        if (source is null && !stage.Input.IsAssignableFrom(typeof(Nothing)))
            throw new UsageException($"--in: {stage.Name} needs the folder of a {Catalog.Kebab(stage.Input.IsInterface ? stage.Input.Name[1..] : stage.Input.Name)} to work on{(StageInput.TakesOnnx(stage.Input) ? ", or an ONNX file" : string.Empty)}.");
        var json = parsed.GetValue(common.Json);
        var file = parsed.GetValue(common.Out) is { } wish && wish.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && stage.Output == typeof(OnnxModel) ? wish : null;
        var folder = file is null ? parsed.GetValue(common.Out) : file[..^".onnx".Length];
        if (file is not null && source is not null && Path.GetFullPath(file) == Path.GetFullPath(source))
            throw new UsageException($"--out: {file} is the model itself, which would be gone. Choose another name.");
        var devices = parsed.CommandResult.Command.Options.Contains(common.Device) ? Prediction.Profiles(parsed.GetValue(common.Device), session.Words) : [];
        var (outcome, predicted) = session.Logged(json, log =>
        {
            using var opened = source is { } given ? StageInput.Open(session, stage, given, parsed.GetValue(common.Preprocess), log) : null;
            try
            {
                // what is measured is what is predicted; what is made is predicted when it is there
                var graph = devices.Count > 0 && stage.Output != typeof(OnnxModel) ? Prediction.Graph(opened!.Artifact) : null;
                var made = Produce(session, stage, opened?.Artifact ?? Nothing.Value, data, seeds is [var seed] ? seed : 1, folder, log);
                return (made, devices.Count == 0 ? null : Prediction.Of(graph ?? Prediction.Graph(made.Artifact), devices, session.Words));
            }
            catch (StageException problem) when (opened is not null)
            {
                throw opened.Told(problem);
            }
        });
        if (file is not null)
            OnnxFile.Copy(outcome.Artifact.PathOf(OnnxModel.GraphFile), file);

        var artifact = outcome.Artifact;
        var verdict = artifact is Judged judged ? judged.Verdict(session.Words) : null;
        if (json)
        {
            session.Json(new StageResult(artifact.Folder, Catalog.NameOf(artifact.GetType(), typeof(Artifact)), outcome.Key, artifact.Digest, outcome.Reused, artifact.Lineage[^1].Duration)
            {
                Measurement = artifact is Measured measured ? measured.Measurement(session.Words) : null,
                Verdict = verdict,
                Predicted = predicted,
            });
        }
        else
        {
            ArtifactView.PrintFigures(session, artifact);
            PredictionView.Print(session, predicted ?? []);
            if (file is not null)
                session.Output.MarkupLineInterpolated($"[green]{file}[/]");
            session.Output.MarkupLineInterpolated($"[green]{artifact.Folder}[/]{(outcome.Reused ? " (done before, used again)" : string.Empty)}");
        }

        return verdict is { Passed: false } ? ExitCode.GateFailed : ExitCode.Done;
    }

    private static StageExecution.Outcome Produce(Session session, Stage stage, Artifact input, DataSource? data, int seed, string? given, IStageLog log)
    {
        var opened = new Dictionary<ArtifactReference, Artifact>();
        var context = new StageContext(string.Empty, session.Words, Open)
        {
            Data = data,
            Seed = seed,
            Time = session.Time,
            Log = log,
            Cancel = session.Cancel,
        };
        FolderLock? taken = null;
        try
        {
            return StageExecution.Produce(stage, input, context, key =>
            {
                var final = Path.TrimEndingDirectorySeparator(given ?? Path.Combine("runs", $"{stage.Name}-{key[..8]}"));
                taken = FolderLock.Take($"{final}.lock");
                return ($"{final}.{key[..8]}.partial", final);
            });
        }
        finally
        {
            if (taken is not null)
            {
                taken.Dispose();
                Directory.Delete(taken.Folder, recursive: true);
            }
        }

        Artifact Open(ArtifactReference reference)
        {
            if (!opened.TryGetValue(reference, out var artifact))
                opened[reference] = artifact = ArtifactStore.Open(reference.Name, session.Words);
            return artifact;
        }
    }
}
