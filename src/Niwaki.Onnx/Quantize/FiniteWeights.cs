using System.Numerics.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Refuses graphs whose weights are no numbers: no scale follows from them.</summary>
internal static class FiniteWeights
{
    /// <summary>Looks at the weights and biases of all products.</summary>
    /// <exception cref="StageException">Some are NaN or infinite.</exception>
    public static void Require(ModelProto model, string where)
    {
        var index = new GraphIndex(model.Graph);
        foreach (var node in model.Graph.Node.Where(node => node.OpType is "Conv" or "Gemm" or "MatMul" or "LayerNormalization"))
        {
            foreach (var name in node.Input.Where(name => name.Length > 0))
            {
                if (index.Constant(name) is not { } constant || constant.Type() != TensorProto.Types.DataType.Float)
                    continue;
                var values = constant.Floats();
                Garbage.Left(4L * values.Length);
                if (!TensorPrimitives.IsFiniteAll<float>(values))
                    throw new StageException($"{where}: {values.Count(value => !float.IsFinite(value))} of the {values.Length} numbers of {name}, which {node.OpType} {node.Name} reads, are NaN or infinite. The model is broken, as training that diverged leaves it: train or export it again.");
            }
        }
    }
}
