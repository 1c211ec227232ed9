namespace Niwaki;

/// <summary>Everything that a stage gets besides its input and its options.</summary>
public sealed class StageContext
{
    private readonly Func<ArtifactReference, Artifact> resolve;

    /// <summary>A context for one stage.</summary>
    /// <param name="outputFolder">Exists; what the stage writes here becomes the artifact. After an interruption it holds what was there: names that start with a dot are the stage's working state (checkpoints), kept until the artifact is sealed.</param>
    /// <param name="vocabulary">The known records and their JSON.</param>
    /// <param name="resolve">Opens a referenced artifact.</param>
    public StageContext(string outputFolder, Vocabulary vocabulary, Func<ArtifactReference, Artifact> resolve)
    {
        OutputFolder = outputFolder;
        Vocabulary = vocabulary;
        this.resolve = resolve;
    }

    /// <summary>Where the stage writes.</summary>
    public string OutputFolder { get; }

    /// <summary>The known records and their JSON.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The dataset, where one was given.</summary>
    public DataSource? Data { get; init; }

    /// <summary>Every random choice of the stage follows from it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the stage reports.</summary>
    public required IStageLog Log { get; init; }

    /// <summary>Asked to stop: the stage saves what a resume needs and throws <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>The dataset of a stage that cannot work without one.</summary>
    /// <exception cref="StageException">No dataset was given.</exception>
    public DataSource RequireData() => Data ?? throw new StageException("This stage needs a dataset: give --data FOLDER, or \"data\" in the recipe.");

    /// <summary>Opens a further artifact, such as a teacher.</summary>
    /// <exception cref="StageException">There is none of that name, or it is of another kind.</exception>
    public TArtifact Resolve<TArtifact>(ArtifactReference reference)
        where TArtifact : class =>
        resolve(reference) as TArtifact
        ?? throw new StageException($"'{reference.Name}' is not a {Catalog.Kebab(typeof(TArtifact).Name)}, which this stage needs.");

    /// <summary>A context for a stage that works inside another one, in a folder of its own.</summary>
    /// <param name="folder">Created where it is missing; name it with a leading dot inside <see cref="OutputFolder"/> to have it dropped at the end.</param>
    public StageContext Nested(string folder)
    {
        Directory.CreateDirectory(folder);
        return new StageContext(folder, Vocabulary, resolve) { Data = Data, Seed = Seed, Time = Time, Log = Log, Cancel = Cancel };
    }

    /// <summary>The full path of a file that the stage writes.</summary>
    public string PathOf(string file) => Path.Combine(OutputFolder, file);
}
