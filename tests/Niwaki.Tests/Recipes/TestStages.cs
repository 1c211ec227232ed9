namespace Niwaki.Tests;

/// <summary>Data without pictures: its content is a word.</summary>
public sealed record WordDataSource(string Word) : DataSource
{
    public override IReadOnlyList<ClassInfo> Classes() => [new("ground", "#808080")];

    public override ISampleSet Open(Split split) => throw new StageException("words have no pictures.");

    public override string Digest() => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Word)));
}

public abstract record Soil;

public sealed record ClaySoil : Soil
{
    public double Depth { get; init; } = 0.5;
}

public sealed record SandSoil : Soil;

/// <summary>Makes a model in ten ticks, and can be stopped after each.</summary>
public sealed record Sow : Stage<Artifact, TorchModel>
{
    public int Size { get; init; } = 3;

    public double Rate { get; init; } = 0.1;

    public Soil Soil { get; init; } = new ClaySoil();

    public ArtifactReference? Teacher { get; init; }

    public ClaySoil? Fence { get; init; } = new();

    public ValueList<Soil> Layers { get; init; } = [];

    /// <summary>A file that is read besides the data.</summary>
    public string? Almanac { get; init; }

    public override Type KindOf(ArtifactReference reference) => typeof(IModel);

    protected override IEnumerable<string> OtherDigests(StageContext context) => Almanac is null ? [] : [File.ReadAllText(Almanac)];

    protected override void Check()
    {
        if (Size < 1)
            throw new StageException($"size is {Size}, but at least 1 is needed.");
    }

    protected override void Run(Artifact input, StageContext context)
    {
        var ticks = File.Exists(context.PathOf(".ticks")) ? int.Parse(File.ReadAllText(context.PathOf(".ticks"))) : 0;
        context.Log.Say($"sow runs from tick {ticks}");
        for (; ticks < 10; ticks++)
        {
            if (context.Cancel.IsCancellationRequested)
            {
                AtomicFile.WriteText(context.PathOf(".ticks"), ticks.ToString());
                throw new OperationCanceledException(context.Cancel);
            }

            context.Log.Progress("sow", ticks, 10);
        }

        AtomicFile.WriteText(context.PathOf("plant.txt"), $"size {Size} seed {context.Seed} data {context.Data?.Digest()}");
    }
}

/// <summary>Fails when told so.</summary>
public sealed record Cut(double Keep) : Stage<TorchModel, TorchModel>
{
    public bool Wither { get; init; }

    public bool FillDisk { get; init; }

    public override bool ReadsData => false;

    protected override void Run(TorchModel input, StageContext context)
    {
        context.Log.Say("cut runs");
        AtomicFile.WriteText(context.PathOf("plant.txt"), File.ReadAllText(input.PathOf("plant.txt")) + $" cut {Keep}");
        if (FillDisk)
            throw new IOException("No space left on device");
        if (Wither)
            throw new StageException("the plant withered. Water it.");
    }
}

/// <summary>A stage within which another one can stand.</summary>
public sealed record Cast : Stage<TorchModel, OnnxModel>
{
    public Sow? Inner { get; init; }

    protected override void Run(TorchModel input, StageContext context) => AtomicFile.WriteText(context.PathOf("cast.txt"), "cast");
}

/// <summary>Gives the accuracy that it is told.</summary>
public sealed record Weigh : Stage<IModel, Measured>
{
    public double MeanIoU { get; init; } = 0.7;

    protected override void Run(IModel input, StageContext context) =>
        AtomicFile.WriteText(context.PathOf(Measured.MeasurementFile), context.Vocabulary.Write(new Measurement { Accuracy = new Accuracy(MeanIoU, MeanIoU, [MeanIoU], MeanIoU, 4) }));
}
