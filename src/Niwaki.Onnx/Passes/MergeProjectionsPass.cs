using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Makes one product of several that multiply the same rows, such as queries, keys and values, and cuts what it gives: one wide product
/// may be faster than three narrow ones, and the cut costs. The opposite of <see cref="SplitProjectionPass"/>; measured, not assumed.
/// </summary>
internal sealed record MergeProjectionsPass : Pass
{
    private const int SplitInputOpset = 13;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var index = new GraphIndex(graph);
        var products = graph.Node.Select(node => node.Output.Count == 1 ? ConstantProduct.Behind(index, node.Output[0]) : null).OfType<ConstantProduct>()
            .GroupBy(product => product.Node).Select(same => same.MaxBy(product => product.Addition is null ? 0 : 1)!);
        var merged = 0;
        foreach (var group in products.GroupBy(product => (product.Node.Input[0], product.Node.OpType)).Select(group => group.ToArray()).Where(group => group.Length > 1))
        {
            Merge(model, index, group);
            merged++;
        }

        return merged;
    }

    private static void Merge(ModelProto model, GraphIndex index, ConstantProduct[] parts)
    {
        var graph = model.Graph;
        var place = graph.Node.IndexOf(parts[0].Node);
        var first = parts[0].Node;
        var name = index.Fresh($"{first.Name}_merged");
        var (depth, width) = (parts[0].Depth, parts.Sum(part => part.Width));
        var matrix = new float[depth * width];
        var bias = new float[width];
        var start = 0;
        foreach (var part in parts)
        {
            var columns = part.Columns(0, part.Width);
            for (var row = 0; row < depth; row++)
                columns.AsSpan(row * part.Width, part.Width).CopyTo(matrix.AsSpan((row * width) + start));
            // one number may stand for all columns
            var vector = part.Bias?.Floats() ?? new float[1];
            for (var column = 0; column < part.Width; column++)
                bias[start + column] = vector[vector.Length == 1 ? 0 : column];
            start += part.Width;
        }

        string Store(string what, Shape shape, float[] values)
        {
            var stored = index.Fresh($"{name}_{what}");
            graph.Initializer.Add(TensorValues.Of(stored, shape, values));
            return stored;
        }

        var made = new List<NodeProto>();
        string Node(string type, IEnumerable<string> inputs, string what)
        {
            var node = new NodeProto { OpType = type, Name = index.Fresh($"{name}_{what}") };
            node.Input.Add(inputs);
            node.Output.Add(index.Fresh($"{name}_{what}_out"));
            made.Add(node);
            return node.Output[0];
        }

        var isAdded = parts.Any(part => part.Bias is not null);
        List<string> inputs = [first.Input[0], Store("weight", new Shape(depth, width), matrix)];
        if (isAdded && first.OpType == "Gemm")
            inputs.Add(Store("bias", new Shape(width), bias));
        var result = Node(first.OpType, inputs, "product");
        if (isAdded && first.OpType != "Gemm")
            result = Node("Add", [result, Store("bias", new Shape(width), bias)], "sum");

        var split = new NodeProto { OpType = "Split", Name = index.Fresh($"{name}_split") }.With("axis", first.OpType == "Gemm" ? 1 : -1);
        split.Input.Add(result);
        long[] sizes = [.. parts.Select(part => (long)part.Width)];
        if (model.Opset() >= SplitInputOpset)
        {
            var stored = index.Fresh($"{name}_sizes");
            graph.Initializer.Add(TensorValues.List(stored, sizes));
            split.Input.Add(stored);
        }
        else
        {
            split.With("split", sizes);
        }

        split.Output.Add(parts.Select(part => part.Result));
        made.Add(split);
        foreach (var node in made)
            graph.Node.Insert(place++, node);
        foreach (var part in parts)
        {
            graph.Node.Remove(part.Node);
            if (part.Addition is { } addition)
                graph.Node.Remove(addition);
        }
    }
}
