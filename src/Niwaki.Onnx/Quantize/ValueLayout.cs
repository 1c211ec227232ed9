namespace Niwaki.Onnx;

/// <summary>What a value of a graph looks like when it runs on one picture.</summary>
/// <param name="Dimensions">Sizes for a batch of one.</param>
/// <param name="Varies">Which of them grow with the batch.</param>
/// <param name="IsFloat">Whether it is float32.</param>
internal sealed record ValueLayout(int[] Dimensions, bool[] Varies, bool IsFloat)
{
    /// <summary>Elements for a batch of one.</summary>
    public long Elements => Dimensions.Aggregate(1L, (product, size) => product * size);
}
