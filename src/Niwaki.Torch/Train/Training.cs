using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>The options that trainings share, from labels or from a teacher.</summary>
public abstract record Training : Stage<Artifact, TorchModel>
{
    /// <summary>
    /// The network: BACKBONE+HEAD, such as mobilevit-xxs+upernet-64, or the path of an architecture.json. Not needed where a model is
    /// trained further; given with one, the new network takes over every tensor that has the same name and shape.
    /// </summary>
    public string? Model { get; init; }

    /// <summary>Input width in pixels. Default: the width of the model that is trained further, else 256.</summary>
    public int? Width { get; init; }

    /// <summary>Input height in pixels. Default: the height of the model that is trained further, else 256.</summary>
    public int? Height { get; init; }

    /// <summary>The whole preprocessing contract, where more than its size differs from the default. Not together with width and height.</summary>
    public Preprocess? Preprocess { get; init; }

    /// <summary>Optimizer steps.</summary>
    public int Steps { get; init; } = 2000;

    /// <summary>Passes over the training pictures; takes the place of steps where it is given.</summary>
    public double? Epochs { get; init; }

    /// <summary>Pictures in a batch.</summary>
    public int Batch { get; init; } = 8;

    /// <summary>Batches whose gradients are summed up before each optimizer step, for a larger batch in the same memory.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Highest learning rate of AdamW, reached at the end of the warm-up.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decoupled weight decay of convolutions and linear layers. Norms, biases, embeddings and position tables never decay.</summary>
    public double WeightDecay { get; init; } = 0.02;

    /// <summary>Share of the steps in which the learning rate rises linearly from 0.</summary>
    public double Warmup { get; init; } = 0.05;

    /// <summary>How the learning rate falls after the warm-up.</summary>
    public Schedule Schedule { get; init; } = new PolySchedule();

    /// <summary>Factor of the learning rate from each layer of the backbone to the one below it; 1 trains all alike. Lower it to keep pretrained weights (arXiv:2106.08254).</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>The losses on labelled pixels, summed with their weights.</summary>
    public ValueList<Loss> Losses { get; init; } = [new CrossEntropyLoss()];

    /// <summary>Weight of the same losses on the auxiliary head, where the model has one (BACKBONE+HEAD+fcn-WIDTH). Default: mmsegmentation's for UPerNet; 0 leaves that head untrained.</summary>
    public double AuxiliaryWeight { get; init; } = 0.4;

    /// <summary>Decay of the moving average of the weights, which is what is validated and kept; 0 for none. It rises to this value over the first steps.</summary>
    public double Ema { get; init; } = 0.998;

    /// <summary>Largest norm of the gradient; 0 for no limit.</summary>
    public double ClipNorm { get; init; } = 1;

    /// <summary>Number format of products. bfloat16 is faster on processors that compute in it, and rounds more.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Random changes of the training pictures; null for none.</summary>
    public Augmentation? Augmentation { get; init; } = new();

    /// <summary>How much crops are drawn towards rare classes: 0 not at all, 1 fully.</summary>
    public double ClassBalance { get; init; }

    /// <summary>Steps between validations; 0 for none, which keeps the last weights instead of the best. Default: a tenth of the steps.</summary>
    public int? ValidateEvery { get; init; }

    /// <summary>Most validation pictures in each validation, evenly chosen.</summary>
    public int ValidationImages { get; init; } = 200;

    /// <summary>Threads that load pictures.</summary>
    public int Workers { get; init; } = 2;

    /// <summary>Time between checkpoints, from which an interrupted training goes on.</summary>
    public TimeSpan CheckpointEvery { get; init; } = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    protected override void Check()
    {
        Check(Preprocess is null || (Width is null && Height is null), nameof(Preprocess), "given together with width or height", "either of them");
        Check(Width is null or >= 16, nameof(Width), Width, "16 pixels or more");
        Check(Height is null or >= 16, nameof(Height), Height, "16 pixels or more");
        Check(Steps >= 1, nameof(Steps), Steps, "1 or more");
        Check(Epochs is null or > 0, nameof(Epochs), Epochs, "a number above 0");
        Check(Batch >= 2, nameof(Batch), Batch, "2 or more (batch normalisation needs a batch),");
        Check(Accumulate >= 1, nameof(Accumulate), Accumulate, "1 or more");
        Check(LearningRate > 0, nameof(LearningRate), LearningRate, "a number above 0");
        Check(WeightDecay >= 0, nameof(WeightDecay), WeightDecay, "a number from 0 up");
        Check(Warmup is >= 0 and <= 1, nameof(Warmup), Warmup, "a share from 0 to 1");
        Check(LayerDecay is > 0 and <= 1, nameof(LayerDecay), LayerDecay, "a factor above 0 and up to 1");
        Check(Ema is >= 0 and < 1, nameof(Ema), Ema, "a number from 0 to below 1");
        Check(ClipNorm >= 0, nameof(ClipNorm), ClipNorm, "a number from 0 up");
        Check(double.IsFinite(AuxiliaryWeight) && AuxiliaryWeight >= 0, nameof(AuxiliaryWeight), AuxiliaryWeight, "a number from 0 up");
        Check(ClassBalance is >= 0 and <= 1, nameof(ClassBalance), ClassBalance, "a number from 0 to 1");
        Check(ValidateEvery is null or >= 0, nameof(ValidateEvery), ValidateEvery, "0 or more");
        Check(ValidationImages >= 1, nameof(ValidationImages), ValidationImages, "1 or more");
        Check(Workers is >= 1 and <= 256, nameof(Workers), Workers, "1 to 256");
        Check(CheckpointEvery >= TimeSpan.Zero, nameof(CheckpointEvery), CheckpointEvery, "a time from 0 up");
        Preprocess?.Validate("preprocess");
        Augmentation?.Validate();
        Schedule.Validate();
    }

    /// <inheritdoc/>
    protected override void Require(Artifact input, StageContext context)
    {
        if (input is not (Nothing or TorchModel))
            throw new StageException($"{Name}: '{input.Folder}' is a {Catalog.Kebab(input.GetType().Name)}, which cannot be trained. Give a torch-model, or none and --model.");
        if (input is Nothing && Model is null)
            throw new StageException($"{Name}: there is no model. Give --model BACKBONE+HEAD, such as mobilevit-xxs+upernet-64, or start from a trained model.");
        var classes = context.RequireData().Classes().Count;
        Check(classes is >= 2 and <= 254, "the dataset's number of classes", classes, "2 to 254");
        foreach (var loss in Losses)
            loss.Validate(classes);
    }

    /// <inheritdoc/>
    protected sealed override void Run(Artifact input, StageContext context)
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var start = StartingPoint.Of(this, input, context);
        using var goal = Goal(start, context);
        using var loop = new TrainingLoop(this, context, CacheKey(input, context), start, goal);
        loop.Run();
    }

    /// <inheritdoc/>
    protected sealed override void Ensure(Artifact input, StageContext context)
    {
        var written = new TorchModel(context.OutputFolder) { Digest = string.Empty, Lineage = [] };
        foreach (var (name, weight) in written.Weights(context.Vocabulary))
        {
            if (weight.Values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new StageException($"{Name}: {name} of the trained model is not finite. Lower the learning rate and run again.");
        }
    }

    private protected abstract ITrainingGoal Goal(StartingPoint start, StageContext context);

    private protected void Check(bool holds, string option, object? value, string allowed)
    {
        if (!holds)
            throw new StageException($"{Name}: {(option.Contains(' ', StringComparison.Ordinal) ? option : Catalog.Kebab(option))} is {value}, but {allowed} is needed.");
    }
}
