using System.Text;
using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Computes once what several nodes compute from the same values.</summary>
internal sealed record MergeTwinsPass : Pass
{
    // larger constants are told apart by their names
    private const long SmallElements = 64;

    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var index = new GraphIndex(graph);
        var seen = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        var merged = 0;
        foreach (var node in index.TopologicalOrder())
        {
            if (node.Input.Count == 0 || node.OpType.StartsWith("Random", StringComparison.Ordinal) || node.OpType is "Dropout" or "Multinomial" or "Bernoulli" || node.Output.Any(index.IsOutput) || node.Attribute.Any(attribute => attribute.G is not null || attribute.Graphs.Count > 0))
                continue;
            if (seen.TryAdd(Key(node, index), node))
                continue;
            var twin = seen[Key(node, index)];
            for (var i = 0; i < node.Output.Count; i++)
            {
                foreach (var reader in index.Consumers(node.Output[i]))
                    reader.ReplaceInput(node.Output[i], twin.Output[i]);
            }

            merged++;
        }

        if (merged > 0)
            new DeadNodesPass().Apply(model);
        return merged;
    }

    private static string Key(NodeProto node, GraphIndex index)
    {
        var text = new StringBuilder($"{node.Domain}.{node.OpType}>");
        text.AppendJoin(',', node.Output.Select(output => output.Length > 0 ? 1 : 0));
        foreach (var attribute in node.Attribute.OrderBy(attribute => attribute.Name, StringComparer.Ordinal))
            text.Append(' ').Append(Convert.ToHexString(attribute.ToByteArray()));
        foreach (var input in node.Input)
            text.Append('|').Append(index.Constant(input) is { } constant && constant.DataLocation != TensorProto.Types.DataLocation.External && constant.Elements() <= SmallElements ? Content(constant) : input);
        return text.ToString();
    }

    private static string Content(TensorProto constant)
    {
        var nameless = constant.Clone();
        nameless.Name = string.Empty;
        nameless.DocString = string.Empty;
        return $"={Convert.ToHexString(nameless.ToByteArray())}";
    }
}
