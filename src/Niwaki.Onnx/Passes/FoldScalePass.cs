using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Folds a multiplication by one number into the weights and the bias of the product before it.</summary>
internal sealed record FoldScalePass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var folded = 0;
        foreach (var scaling in graph.Node.Where(node => node.OpType == "Mul").ToArray())
        {
            var index = new GraphIndex(graph);
            if (index.Constant(scaling.Input[1]) is not { Dims.Count: 0 } number || index.Producer(scaling.Input[0]) is not { OpType: "Gemm" or "Conv" } product)
                continue;
            if (index.OnlyConsumer(product.Output[0]) != scaling || product.Input.Skip(1).Any(input => index.Constant(input) is null || index.OnlyConsumer(input) != product))
                continue;
            var factor = (double)number.Floats()[0];
            foreach (var input in product.Input.Skip(1))
            {
                var tensor = index.Constant(input)!;
                graph.SetInitializer(TensorValues.Of(tensor.Name, tensor.Shape(), (float[])[.. tensor.Floats().Select(value => (float)(value * factor))]));
            }

            graph.Absorb(product, scaling, index);
            folded++;
        }

        return folded;
    }
}
