namespace Niwaki.Torch;

/// <summary>Where a training is: everything besides tensors that a resume needs.</summary>
/// <param name="Key">The cache key of the training; a checkpoint of another one is no use.</param>
/// <param name="Step">Steps that were done.</param>
/// <param name="Tensors">The file with parameters, buffers, their average and the optimizer's state.</param>
/// <param name="LinesLength">Bytes of the curves so far.</param>
/// <param name="EventsLength">Bytes of the event file so far.</param>
/// <param name="Sums">The curves' interval that is not written yet.</param>
/// <param name="ClassPixels">Pixels of each class so far.</param>
internal sealed record Checkpoint(string Key, int Step, string Tensors, long LinesLength, long EventsLength, IReadOnlyDictionary<string, CurveSum> Sums, long[] ClassPixels)
{
    /// <summary>The step of the last validation.</summary>
    public int Validated { get; init; }

    /// <summary>The last step's loss.</summary>
    public double Loss { get; init; }

    /// <summary>The best validation so far.</summary>
    public BestSoFar? Best { get; init; }
}

/// <summary>The best validation so far.</summary>
/// <param name="Step">When.</param>
/// <param name="MeanIoU">On the validation split.</param>
/// <param name="Weights">The file with its weights.</param>
internal sealed record BestSoFar(int Step, double MeanIoU, string Weights);
