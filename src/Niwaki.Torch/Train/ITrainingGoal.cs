using TorchSharp;

namespace Niwaki.Torch;

/// <summary>What a training minimises, with the batches that it needs for it.</summary>
internal interface ITrainingGoal : IDisposable
{
    /// <summary>Labelled pictures there are.</summary>
    int Pictures { get; }

    /// <summary>Labelled pictures in a batch.</summary>
    int PicturesPerBatch { get; }

    /// <summary>Parameters beside the network's, trained with it and dropped afterwards.</summary>
    IReadOnlyList<TrainedParameter> Parameters { get; }

    /// <summary>Share of the time in which the training waited for pictures.</summary>
    double WaitShare { get; }

    /// <summary>Pixels of each class so far, for a checkpoint.</summary>
    long[] ClassPixels { get; set; }

    /// <summary>Begins with this batch; a batch depends on the seed and its number alone.</summary>
    void Open(long firstBatch);

    /// <summary>The loss of the next batch, a scalar with a gradient that belongs to the caller's dispose scope.</summary>
    /// <param name="network">The one that is trained.</param>
    /// <param name="log">Takes the parts of the loss.</param>
    torch.Tensor Next(Network network, Action<string, double> log);
}
