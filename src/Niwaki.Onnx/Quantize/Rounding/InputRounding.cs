using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>What happens to the numbers that a layer reads: a scale that is known, one that is found for each picture, or nothing.</summary>
/// <param name="Scale">The known scale.</param>
/// <param name="IsDynamic">Whether each picture gets its own.</param>
internal readonly record struct InputRounding(AffineScale? Scale, bool IsDynamic = false)
{
    /// <summary>Rounds numbers in place.</summary>
    /// <param name="values">Some of the value's numbers.</param>
    /// <param name="whole">All of them.</param>
    public void Apply(Span<float> values, ReadOnlySpan<float> whole)
    {
        var known = IsDynamic ? AffineScale.Of(new ValueRange(TensorPrimitives.Min(whole), TensorPrimitives.Max(whole))) : Scale;
        if (known is not { } scale)
            return;
        TensorPrimitives.Divide(values, scale.Step, values);
        TensorPrimitives.Round<float>(values, values);
        TensorPrimitives.Clamp<float>(values, -scale.ZeroPoint, scale.Highest - scale.ZeroPoint, values);
        TensorPrimitives.Multiply(values, scale.Step, values);
    }
}
