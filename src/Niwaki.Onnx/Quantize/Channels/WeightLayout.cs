using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Where the weight of an output and an input channel lies in the weights of a convolution, a Gemm or a MatMul.</summary>
/// <param name="Outputs">Output channels.</param>
/// <param name="Inputs">Input channels of a group.</param>
/// <param name="Taps">Elements of the kernel; 1 in a matrix.</param>
/// <param name="Groups">Groups of a convolution.</param>
/// <param name="InputsFirst">Whether a matrix is stored [inputs, outputs].</param>
internal readonly record struct WeightLayout(int Outputs, int Inputs, int Taps, int Groups, bool InputsFirst)
{
    /// <summary>Numbers that an output sums over.</summary>
    public int Width => Inputs * Taps;

    /// <summary>Input channels of the layer.</summary>
    public int Channels => Inputs * Groups;

    /// <summary>Of a node with weights as its second input.</summary>
    public static WeightLayout Of(NodeProto node, TensorProto weight)
    {
        var sizes = weight.Dims.Select(size => (int)size).ToArray();
        if (node.OpType == "Conv")
            return new WeightLayout(sizes[0], sizes[1], sizes.Skip(2).Aggregate(1, (all, size) => all * size), (int)node.Int("group", 1), InputsFirst: false);
        return node.OpType == "Gemm" && node.Int("transB", 0) != 0
            ? new WeightLayout(sizes[0], sizes[1], 1, 1, InputsFirst: false)
            : new WeightLayout(sizes[1], sizes[0], 1, 1, InputsFirst: true);
    }

    /// <summary>The output channel of an element as stored.</summary>
    public int OutputOf(int element) => InputsFirst ? element % Outputs : element / Width;

    /// <summary>The input channel, counted over all groups, of an element as stored.</summary>
    public int InputOf(int element) => InputsFirst ? element / Outputs : (GroupOf(element / Width) * Inputs) + (element / Taps % Inputs);

    /// <summary>The group of an output channel.</summary>
    public int GroupOf(int output) => output / (Outputs / Groups);

    /// <summary>Weights as [outputs, width] whatever they are stored as.</summary>
    public double[] ToRows(ReadOnlySpan<float> stored)
    {
        var rows = new double[stored.Length];
        for (var i = 0; i < rows.Length; i++)
            rows[Row(i)] = stored[i];
        return rows;
    }

    /// <summary>The place in [outputs, width] of an element as stored.</summary>
    public int Row(int element) => InputsFirst ? (element % Outputs * Inputs) + (element / Outputs) : element;
}
