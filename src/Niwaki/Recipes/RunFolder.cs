namespace Niwaki;

/// <summary>
/// Where a recipe is carried out. Artifacts lie under their cache key in <c>artifacts/</c>: what is there already is used again, what was
/// interrupted is taken up again, what changed is made anew beside the old. <c>steps/</c> links to them by name.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private const string Artifacts = "artifacts";
    private const string Links = "steps";

    private readonly FolderLock taken;
    private readonly Vocabulary vocabulary;

    private RunFolder(string path, Vocabulary vocabulary)
    {
        Path = path;
        this.vocabulary = vocabulary;
        taken = FolderLock.Take(path);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Creates the folder or opens it again, and locks it.</summary>
    /// <exception cref="StageException">Another run works in it, or it cannot be written.</exception>
    public static RunFolder Open(string path, Vocabulary vocabulary) => new(path, vocabulary);

    /// <summary>The folder of a step's artifact.</summary>
    public static string FolderOf(string run, RunStep step) => System.IO.Path.Combine(run, Artifacts, step.Key);

    /// <summary>Validates a recipe and carries it out, step by step, for each seed.</summary>
    /// <param name="recipe">The steps.</param>
    /// <param name="log">Hears of every step.</param>
    /// <param name="input">What the recipe takes; nothing, mostly.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Asks to stop: the running stage saves what a resume needs.</param>
    /// <exception cref="StageException">The user can fix it; the message names the step. <c>run.json</c> tells what was done before.</exception>
    /// <exception cref="OperationCanceledException">Stopped; the same call goes on from there.</exception>
    public RunIndex Run(Recipe recipe, IStageLog log, Artifact? input = null, TimeProvider? time = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        recipe.Validate(vocabulary);
        input ??= Nothing.Value;
        if (Recipe.Kind(input.GetType()) != recipe.Takes)
            throw new StageException($"{recipe.Name}: takes a {recipe.Takes}, but was given {(input is Nothing ? "nothing: name its folder with --in" : $"the {Recipe.Kind(input.GetType())} '{input.Folder}'")}.");
        var index = new RunIndex(recipe, []) { Version = typeof(RunFolder).Assembly.GetName().Version?.ToString(3), Input = input is Nothing ? null : input.Folder };
        Write(index);
        var folders = new Dictionary<string, Artifact>(StringComparer.Ordinal);
        var number = 0;
        foreach (var seed in recipe.Seeds)
        {
            var made = new Dictionary<string, Artifact>(StringComparer.Ordinal) { [RecipeProblems.Start] = input };
            var previous = RecipeProblems.Start;
            foreach (var step in recipe.Steps)
            {
                cancel.ThrowIfCancellationRequested();
                log.Say($"[{++number}/{recipe.Steps.Count * recipe.Seeds.Count}] {step.Name} ({step.Stage.Name}{(recipe.Seeds.Count > 1 ? $", seed {seed}" : string.Empty)})");
                var from = step.From?.Name ?? previous;
                var context = new StageContext(string.Empty, vocabulary, reference => Find(reference.Name))
                {
                    Data = step.Data ?? recipe.Data,
                    Seed = step.Seed ?? seed,
                    Time = time ?? TimeProvider.System,
                    Log = log,
                    Cancel = cancel,
                };
                try
                {
                    var outcome = StageExecution.Produce(step.Stage, Find(from), context, key => (InArtifacts(key + ".partial"), InArtifacts(key)));
                    if (outcome.Reused)
                        log.Say("done before, used again");
                    made[step.Name] = outcome.Artifact;
                    previous = step.Name;
                    index = index with
                    {
                        Steps = new ValueList<RunStep>(index.Steps.Append(new RunStep(seed, step.Name, step.Stage.Name, Recipe.Kind(outcome.Artifact.GetType()), outcome.Key, from, outcome.Artifact.Lineage[^1].Duration)
                        {
                            Passed = outcome.Artifact is Judged judged ? judged.Verdict(vocabulary).Passed : null,
                        })),
                    };
                    Write(index);
                    Link(recipe.Seeds.Count > 1 ? $"{step.Name}.seed-{seed}" : step.Name, outcome.Key);
                }
                catch (StageException problem)
                {
                    var message = $"step '{step.Name}' ({step.Stage.Name}{(recipe.Seeds.Count > 1 ? $", seed {seed}" : string.Empty)}): {problem.Message}";
                    WriteFailure(index, message);
                    throw new StageException(message, problem);
                }
                catch (OperationCanceledException)
                {
                    WriteFailure(index, $"step '{step.Name}' ({step.Stage.Name}): interrupted");
                    throw;
                }
            }

            Artifact Find(string name)
            {
                if (made.TryGetValue(name, out var step))
                    return step;
                if (!folders.TryGetValue(name, out var artifact))
                    folders[name] = artifact = ArtifactStore.Open(name, vocabulary);
                return artifact;
            }
        }

        return index;
    }

    /// <inheritdoc/>
    public void Dispose() => taken.Dispose();

    private string InArtifacts(string name) => System.IO.Path.Combine(Path, Artifacts, name);

    private void Write(RunIndex index) => AtomicFile.WriteText(System.IO.Path.Combine(Path, RunIndex.FileName), vocabulary.Write(index));

    private void WriteFailure(RunIndex index, string message)
    {
        try
        {
            Write(index with { Failure = message });
        }
        catch (StageException)
        {
            // a full disk: the message of the step says so
        }
    }

    private void Link(string name, string key)
    {
        try
        {
            var link = System.IO.Path.Combine(Path, Links, name);
            Directory.CreateDirectory(System.IO.Path.Combine(Path, Links));
            if (new FileInfo(link).LinkTarget is not null)
                File.Delete(link);
            Directory.CreateSymbolicLink(link, System.IO.Path.Combine("..", Artifacts, key));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // a file system without links: run.json says the same
        }
    }
}
