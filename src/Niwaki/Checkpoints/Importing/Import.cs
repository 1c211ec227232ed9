namespace Niwaki;

/// <summary>
/// Makes a model of a checkpoint that another library wrote: timm, torchvision, Hugging Face, mmsegmentation, the original
/// repositories. Whose it is and of which network is recognised from its tensors. A pickle is read and never executed.
/// </summary>
/// <param name="Source">The checkpoint: a file (.safetensors, .pth, .pt, .bin), the index of one in parts, a folder as Hugging Face has it, or hf:OWNER/NAME[@REVISION] to download it.</param>
public sealed record Import(string Source) : Stage<Nothing, TorchModel>
{
    private readonly SourceMemory memory = new();

    /// <summary>The network it was trained as: BACKBONE+HEAD, such as swin-tiny+upernet-512, or the path of an architecture.json. With another head than the checkpoint's only the backbone is taken over. Default: recognised.</summary>
    public string? As { get; init; }

    /// <summary>The classes: their number, their names, or the path of a classes.json. With another number than the checkpoint's its classifier starts anew. Default: the checkpoint's.</summary>
    public ValueList<string> Classes { get; init; } = [];

    /// <summary>Input width in pixels. Default: what the checkpoint was trained with, as far as it or its preset tells.</summary>
    public int? Width { get; init; }

    /// <summary>Input height in pixels. Default: as the width.</summary>
    public int? Height { get; init; }

    /// <summary>Attention heads, one number or one for each stage: only for networks that are no preset and whose tensors do not tell.</summary>
    public ValueList<int> Heads { get; init; } = [];

    /// <summary>Which dict of a training's file holds the tensors, such as model_ema. Default: averaged weights first, then the usual names.</summary>
    public string? Entry { get; init; }

    /// <summary>Accepts a checkpoint that does not fit: what is missing or of another shape starts anew, what is left over is dropped. Both are listed.</summary>
    public bool Partial { get; init; }

    /// <summary>Most that is downloaded.</summary>
    public Bytes MaxDownload { get; init; } = new(4_000_000_000);

    /// <inheritdoc/>
    public override bool ReadsData => false;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (string.IsNullOrWhiteSpace(Source))
            throw new StageException("import: source is empty. Give a checkpoint's file or folder, or hf:OWNER/NAME.");
        foreach (var (name, side) in ((string, int?)[])[("width", Width), ("height", Height)])
        {
            if (side is < 16 or > 8192)
                throw new StageException($"import: {name} is {side}, but 16 to 8192 pixels are needed.");
        }

        if (Heads.Any(heads => heads < 1))
            throw new StageException($"import: heads is {Heads}, but numbers from 1 are needed.");
        if (MaxDownload.Value < 1)
            throw new StageException($"import: max-download is {MaxDownload}, but a size above 0 is needed.");
        if (As is not null)
            Presets.Architecture(As, 2);
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> OtherDigests(StageContext context)
    {
        var files = memory.Resolve(this, context).Files();
        if (Classes is [var classes] && classes.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            files = files.Append(classes);
        if (As is not null && (File.Exists(As) || Directory.Exists(As)))
            files = files.Append(Directory.Exists(As) ? Path.Combine(As, TorchModel.ArchitectureFile) : As);
        return [.. files.Select(memory.Digest)];
    }

    /// <inheritdoc/>
    protected override void Run(Nothing input, StageContext context)
    {
        var source = memory.Resolve(this, context);
        var description = FolderDescription.Of(source.Folder);
        var state = CheckpointFile.Read(source.Weights, Entry);
        context.Log.Say($"{state.Tensors.Count} tensors from {source.Weights} ({state.Format}{(state.Entry.Length > 0 ? $", '{state.Entry}'" : string.Empty)}).");
        var recognition = new Recognition(state.Tensors, context.Vocabulary, source.Weights, description.Config, Heads.Count > 0 ? Heads : description.Heads);
        var known = As is null ? recognition.Any() : recognition.As(As);
        var classes = ImportedClasses.Of(Classes, known.HasClassifier ? known.Architecture.Classes : null, description.Labels, context.Vocabulary);
        var preprocess = Feeding(known, description);
        if (As is null)
            known = known.For(preprocess.Height, preprocess.Width);
        var result = ImportedNetwork.Of(known, classes.Count, preprocess, Partial, context.Seed, source.Weights);
        ModelFiles.WriteNetwork(context.OutputFolder, result.Architecture, result.Weights, preprocess, classes, context.Vocabulary);
        var report = result.Report(this, known, state) with { Files = source.Files().ToDictionary(path => Path.GetFileName(path), memory.Digest, StringComparer.Ordinal) };
        AtomicFile.WriteText(context.PathOf(ImportReport.FileName), context.Vocabulary.Write(report));
        ImportTelling.Tell(report, known, preprocess, classes.Count, context.Log);
    }

    /// <inheritdoc/>
    protected override void Ensure(Nothing input, StageContext context)
    {
        // what was written is what its architecture needs, and computes numbers
        var written = new TorchModel(context.OutputFolder) { Digest = string.Empty, Lineage = [] };
        foreach (var (name, weight) in written.Weights(context.Vocabulary))
        {
            if (weight.Values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new StageException($"import: {name} of the checkpoint holds values that are no finite numbers. Its training diverged: take an earlier checkpoint.");
        }
    }

    private Preprocess Feeding(Recognized known, FolderDescription description)
    {
        var usual = known.Naming.PreprocessOf(known.Architecture, known.Preset);
        var told = description.Preprocess(usual);
        if (told == usual && Width is null && Height is null && EmbeddedSize.Of(known) is { } side)
            told = usual with { Width = side, Height = side };
        told = told with { Width = Width ?? Height ?? told.Width, Height = Height ?? Width ?? told.Height };
        told.Validate("the checkpoint's preprocessing");
        return told;
    }
}
