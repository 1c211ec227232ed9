using System.Runtime.InteropServices;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Tensors to and from what lies at rest.</summary>
internal static class TensorCopies
{
    public static Weight ToWeight(this torch.Tensor tensor)
    {
        using var free = torch.NewDisposeScope();
        using var still = torch.no_grad();
        var plain = tensor.detach().to(torch.ScalarType.Float32).contiguous();
        return new Weight(new Shape(tensor.shape.Select(size => (int)size).ToArray()), MemoryMarshal.Cast<byte, float>(plain.bytes).ToArray());
    }

    public static void SetTo(this torch.Tensor tensor, Weight weight)
    {
        using var free = torch.NewDisposeScope();
        using var still = torch.no_grad();
        tensor.copy_(FloatsOf(weight.Values, [.. weight.Shape.Dimensions.Select(size => (long)size)]));
    }

    /// <summary>A new float32 tensor of the first values.</summary>
    public static torch.Tensor FloatsOf(ReadOnlySpan<float> values, long[] shape)
    {
        var tensor = torch.empty(shape, torch.ScalarType.Float32);
        values[..(int)tensor.NumberOfElements].CopyTo(MemoryMarshal.Cast<byte, float>(tensor.bytes));
        return tensor;
    }

    /// <summary>A new int64 tensor of the first labels.</summary>
    public static torch.Tensor LabelsOf(ReadOnlySpan<byte> values, long[] shape)
    {
        using var bytes = torch.empty(shape, torch.ScalarType.Byte);
        values[..(int)bytes.NumberOfElements].CopyTo(bytes.bytes);
        return bytes.to(torch.ScalarType.Int64);
    }
}
