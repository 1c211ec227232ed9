using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Leaves out the bias of attention's keys, which adds the same to all scores of a row and which softmax therefore cannot see, and adds
/// the bias of its values in the next product: the shares of a row sum to one.
/// </summary>
internal sealed record FoldAttentionBiasPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var layouts = GraphShapes.Of(model);
        var folded = 0;
        foreach (var softmax in graph.Node.Where(node => node.IsA("Softmax")).ToArray())
        {
            var index = new GraphIndex(graph);
            if (!layouts.TryGetValue(softmax.Output[0], out var shares) || softmax.Int("axis", -1) is var axis && axis != -1 && axis != shares.Dimensions.Length - 1)
                continue;
            var trace = new MoveTrace(index, layouts, 1);
            if (index.Scores(softmax.Input[0]) is { } scores && Keys(index, trace, scores.Input[1]) is { } keys)
            {
                Without(graph, index, keys);
                folded++;
                index = new GraphIndex(graph);
                trace = new MoveTrace(index, layouts, 1);
            }

            if (index.OnlyConsumer(softmax.Output[0]) is { } mix && mix.IsA("MatMul") && mix.Input[0] == softmax.Output[0] && Values(index, trace, layouts, mix) is var (values, next, added))
            {
                Without(graph, index, values);
                With(graph, new GraphIndex(graph), next, added);
                folded++;
            }
        }

        return folded;
    }

    // the product with a bias that alone leads to a value, and for each element of the value the column that it is of
    private static (ConstantProduct Product, int[] Columns, int[] Sizes)? Origin(GraphIndex index, MoveTrace trace, string value)
    {
        var at = value;
        while (index.OnlyConsumer(at) is not null && index.Producer(at) is { } node && MoveTrace.Moves(node) && node.OpType != "Concat" && node.Output.Count == 1)
            at = node.Input[0];
        if (index.OnlyConsumer(at) is null || ConstantProduct.Behind(index, at) is not { Bias: { } } product || trace.Of(value) is not { } movement || movement.Source != at)
            return null;
        return (product, [.. movement.From.Select(place => place % product.Width)], movement.Sizes);
    }

    // keys are columns of the value: what is added must be the same in each
    private static ConstantProduct? Keys(GraphIndex index, MoveTrace trace, string value)
    {
        if (Origin(index, trace, value) is not var (product, columns, sizes))
            return null;
        var keys = sizes[^1];
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i] != columns[i / keys * keys])
                return null;
        }

        return product;
    }

    private static (ConstantProduct Values, ConstantProduct Next, double[] Added)? Values(GraphIndex index, MoveTrace trace, IReadOnlyDictionary<string, ValueLayout> layouts, NodeProto mix)
    {
        if (Origin(index, trace, mix.Input[1]) is not var (product, columns, sizes) || !layouts.TryGetValue(mix.Output[0], out var mixed) || mixed.Dimensions.Length != sizes.Length || !mixed.Dimensions.AsSpan()[..^2].SequenceEqual(sizes.AsSpan()[..^2]))
            return null;
        var (keys, width, queries) = (sizes[^2], sizes[^1], mixed.Dimensions[^2]);
        for (var i = 0; i < columns.Length; i++)
        {
            if (columns[i] != columns[(i / (keys * width) * keys * width) + (i % width)])
                return null;
        }

        // forward to the next product
        var value = mix.Output[0];
        while (index.OnlyConsumer(value) is { } node && MoveTrace.Moves(node) && node.OpType != "Concat" && node.Output.Count == 1)
            value = node.Output[0];
        if (index.OnlyConsumer(value) is not { } reader || reader.Input[0] != value || Next(index, reader) is not { } next || trace.Of(value) is not { } movement || movement.Source != mix.Output[0] || movement.Sizes[^1] != next.Depth)
            return null;
        var (bias, vector) = (product.Bias!.Floats(), new float[next.Depth]);
        for (var i = 0; i < movement.From.Length; i++)
        {
            var (lead, at) = (movement.From[i] / (queries * width), movement.From[i] % width);
            var number = bias[columns[(lead * keys * width) + at]];
            if (i < vector.Length)
                vector[i] = number;
            else if (vector[i % vector.Length] != number)
                return null;
        }

        var weights = next.Columns(0, next.Width);
        var added = new double[next.Width];
        for (var row = 0; row < next.Depth; row++)
        {
            for (var column = 0; column < next.Width; column++)
                added[column] += (double)vector[row] * weights[(row * next.Width) + column];
        }

        return (product, next, added);
    }

    private static ConstantProduct? Next(GraphIndex index, NodeProto reader)
    {
        var output = reader.Output[0];
        if (reader.IsA("MatMul") && index.OnlyConsumer(output) is { } add && add.IsA("Add") && ConstantProduct.Behind(index, add.Output[0]) is { } biased)
            return biased;
        return ConstantProduct.Behind(index, output) is { } product && (product.Bias is not null || reader.IsA("Gemm")) ? product : null;
    }

    private static void Without(GraphProto graph, GraphIndex index, ConstantProduct product)
    {
        if (product.Addition is { } addition)
        {
            foreach (var reader in index.Consumers(addition.Output[0]))
                reader.ReplaceInput(addition.Output[0], product.Node.Output[0]);
            graph.Node.Remove(addition);
        }
        else
        {
            product.Node.Input.RemoveAt(2);
        }
    }

    private static void With(GraphProto graph, GraphIndex index, ConstantProduct product, double[] added)
    {
        var old = product.Bias?.Floats() ?? new float[added.Length];
        var name = index.Fresh($"{(product.Bias?.Name is { Length: > 0 } given ? given : product.Node.Name)}_with_values");
        graph.Initializer.Add(TensorValues.Of(name, new Shape(added.Length), (float[])[.. added.Select((number, i) => (float)(number + old[i]))]));
        if (product.Addition is { } addition)
            addition.Input[addition.Input[0] == product.Node.Output[0] ? 1 : 0] = name;
        else if (product.Node.Input.Count > 2)
            product.Node.Input[2] = name;
        else
            product.Node.Input.Add(name);
    }
}
