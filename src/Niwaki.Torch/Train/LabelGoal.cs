using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>To fit the labels.</summary>
internal sealed class LabelGoal : ITrainingGoal
{
    private readonly ForwardOptions forward;
    private readonly LabelledBatches batches;
    private readonly LabelLoss loss;

    public LabelGoal(Training options, StageContext context, Preprocess preprocess, IReadOnlyList<ClassInfo> classes)
    {
        var set = context.RequireData().Open(Split.Train);
        forward = new ForwardOptions { Training = true, Precision = options.Precision };
        batches = new LabelledBatches(set, preprocess, BatchesOf(options, context), classes, context.Log);
        loss = new LabelLoss(options.Losses, set, classes.Count) { AuxiliaryWeight = options.AuxiliaryWeight };
        Pictures = set.Count;
        PicturesPerBatch = options.Batch;
    }

    public int Pictures { get; }

    public int PicturesPerBatch { get; }

    public IReadOnlyList<TrainedParameter> Parameters => [];

    public double WaitShare => batches.WaitShare;

    public long[] ClassPixels
    {
        get => batches.ClassPixels;
        set => batches.ClassPixels = value;
    }

    public static BatchLoaderOptions BatchesOf(Training options, StageContext context) => new()
    {
        Batch = options.Batch,
        Seed = context.Seed,
        Workers = options.Workers,
        Augmentation = options.Augmentation,
        ClassBalance = options.ClassBalance,
    };

    public void Open(long firstBatch) => batches.Open(firstBatch);

    public torch.Tensor Next(Network network, Action<string, double> log)
    {
        using var scope = torch.NewDisposeScope();
        var (images, labels) = batches.Next();
        return loss.Of(loss.ReadsAuxiliary ? network.Outputs(images, forward) : [network.Forward(images, forward)], labels, log).MoveToOuterDisposeScope();
    }

    public void Dispose() => batches.Dispose();
}
