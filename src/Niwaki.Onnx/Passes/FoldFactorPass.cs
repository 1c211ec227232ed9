using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Folds a factor (attention's 1/√d, before or behind the product of queries and keys) into the weights and the bias of the constant
/// product that it reaches through nodes that only move data.
/// </summary>
internal sealed record FoldFactorPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var folded = 0;
        foreach (var scaling in graph.Node.Where(node => node.IsA("Mul") || node.IsA("Div")).ToArray())
        {
            var index = new GraphIndex(graph);
            if (Factor(index, scaling) is not var (factor, value) || index.IsOutput(scaling.Output[0]) || index.OnlyConsumer(value) is null || Reach(index, value) is not { } product)
                continue;
            graph.SetInitializer(TensorValues.Of(product.Weight.Name, product.Weight.Shape(), (float[])[.. product.Weight.Floats().Select(each => (float)(each * factor))]));
            if (product.Bias is { } bias)
                graph.SetInitializer(TensorValues.Of(bias.Name, bias.Shape(), (float[])[.. bias.Floats().Select(each => (float)(each * factor))]));
            foreach (var reader in index.Consumers(scaling.Output[0]))
                reader.ReplaceInput(scaling.Output[0], value);
            graph.Node.Remove(scaling);
            folded++;
        }

        return folded;
    }

    private static (double Factor, string Value)? Factor(GraphIndex index, NodeProto node) =>
        node.OpType == "Div" ? index.Number(node.Input[1]) is { } divisor && divisor != 0 ? (1 / divisor, node.Input[0]) : null
        : index.NumberAndOther(node) is var (number, other) && IsNumber(index, node, other) ? (number, other) : null;

    // a constant [1, 1, 1] may change the rank
    private static bool IsNumber(GraphIndex index, NodeProto node, string other) => index.Constant(node.Input[0] == other ? node.Input[1] : node.Input[0]) is { Dims.Count: <= 1 };

    private static ConstantProduct? Reach(GraphIndex index, string value)
    {
        var throughScores = false;
        while (index.OnlyConsumer(value) is not null && index.Producer(value) is { } node)
        {
            if (ConstantProduct.Behind(index, value) is { } product)
            {
                // both must be read here alone
                return index.OnlyConsumer(product.Weight.Name) is not null && index.Producer(product.Weight.Name) is null && (product.Bias is null || (index.OnlyConsumer(product.Bias.Name) is not null && index.Producer(product.Bias.Name) is null)) ? product : null;
            }

            if (MoveTrace.Moves(node) && node.OpType != "Concat" && node.Output.Count == 1)
            {
                value = node.Input[0];
            }
            else if (node.IsA("MatMul") && !throughScores && index.Constant(node.Input[0]) is null && index.Constant(node.Input[1]) is null)
            {
                throughScores = true;
                value = node.Input[0];
            }
            else
            {
                return null;
            }
        }

        return null;
    }
}
