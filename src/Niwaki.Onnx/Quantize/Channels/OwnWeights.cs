using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Gives every product and every normalization constants of its own, as initializers, so that those of one can be changed alone.</summary>
internal static class OwnWeights
{
    private static readonly HashSet<string> Owners = ["Conv", "Gemm", "MatMul", "LayerNormalization", "Add", "Mul"];

    /// <summary>Changes the graph in place.</summary>
    public static void Apply(GraphProto graph)
    {
        var index = new GraphIndex(graph);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Node.Where(node => Owners.Contains(node.OpType)))
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                var name = node.Input[i];
                if (name.Length == 0 || index.Constant(name) is not { } constant || constant.Type() != TensorProto.Types.DataType.Float)
                    continue;
                var isAlone = index.Producer(name) is null && !index.IsOutput(name) && index.Consumers(name).Count == 1 && taken.Add(name);
                if (isAlone)
                    continue;
                var copy = constant.Clone();
                // a constant of the graph stays one: its prefix says that it is no weight
                node.Input[i] = copy.Name = index.Fresh(name);
                taken.Add(copy.Name);
                graph.Initializer.Add(copy);
            }
        }

        new DeadNodesPass().Apply(new ModelProto { Graph = graph });
    }
}
