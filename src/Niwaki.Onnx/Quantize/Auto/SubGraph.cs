using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A part of a graph as a graph of its own, for timing.</summary>
internal static class SubGraph
{
    /// <summary>All that leads from some values to others.</summary>
    /// <param name="model">The whole graph.</param>
    /// <param name="index">Of the whole graph.</param>
    /// <param name="inputs">Values that become inputs.</param>
    /// <param name="outputs">Values that become outputs.</param>
    /// <param name="layouts">Sizes of the inputs for one picture.</param>
    /// <returns>The part; <see langword="null"/> where it needs a value whose size is unknown, or nothing is left.</returns>
    public static ModelProto? Between(ModelProto model, GraphIndex index, IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs, IReadOnlyDictionary<string, ValueLayout> layouts)
    {
        var graph = new GraphProto { Name = model.Graph.Name };
        var given = inputs.ToHashSet(StringComparer.Ordinal);
        var fed = new List<string>();
        var nodes = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(outputs);
        while (open.TryPop(out var value))
        {
            if (!seen.Add(value))
                continue;
            if (given.Contains(value))
                fed.Add(value);
            else if (index.Producer(value) is { } node)
            {
                if (nodes.Add(node))
                    GraphIndex.Reads(node).ToList().ForEach(open.Push);
            }
            else if (index.Constant(value) is { } constant)
                graph.Initializer.Add(constant);
            else
                return null;
        }

        if (nodes.Count == 0 || fed.Any(value => !layouts.TryGetValue(value, out var layout) || !layout.IsFloat))
            return null;
        foreach (var node in model.Graph.Node.Where(nodes.Contains))
            graph.Node.Add(node);
        foreach (var value in fed.Order(StringComparer.Ordinal))
            graph.Input.Add(Info(value, layouts[value].Dimensions));
        foreach (var value in outputs)
            graph.Output.Add(new ValueInfoProto { Name = value });
        var part = new ModelProto { IrVersion = model.IrVersion, Graph = graph };
        part.OpsetImport.Add(model.OpsetImport);
        return part;
    }

    private static ValueInfoProto Info(string name, int[] sizes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } } };
    }
}
