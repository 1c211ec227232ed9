using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Changes that passes make.</summary>
internal static class GraphEdits
{
    /// <summary>The operators that only ONNX Runtime has.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    /// <summary>Names an operator set that the graph uses, where it does not yet.</summary>
    public static void Import(this ModelProto model, string domain)
    {
        if (model.OpsetImport.All(import => import.Domain != domain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = 1 });
    }

    /// <summary>Puts a constant in the place of the one of the same name, or adds it.</summary>
    public static void SetInitializer(this GraphProto graph, TensorProto tensor)
    {
        for (var i = 0; i < graph.Initializer.Count; i++)
        {
            if (graph.Initializer[i].Name == tensor.Name)
            {
                graph.Initializer[i] = tensor;
                return;
            }
        }

        graph.Initializer.Add(tensor);
    }

    /// <summary>Lets <paramref name="node"/>, whose only reader is <paramref name="follower"/>, take over what the follower gives; the follower goes.</summary>
    public static void Absorb(this GraphProto graph, NodeProto node, NodeProto follower, GraphIndex index)
    {
        if (index.IsOutput(follower.Output[0]))
        {
            node.Output[0] = follower.Output[0];
        }
        else
        {
            foreach (var reader in index.Consumers(follower.Output[0]))
                reader.ReplaceInput(follower.Output[0], node.Output[0]);
        }

        graph.Node.Remove(follower);
    }

    /// <summary>Reads one value instead of another, also in nested graphs.</summary>
    public static void ReplaceInput(this NodeProto node, string from, string to)
    {
        for (var i = 0; i < node.Input.Count; i++)
        {
            if (node.Input[i] == from)
                node.Input[i] = to;
        }

        foreach (var nested in node.Nested().SelectMany(graph => graph.Node))
            nested.ReplaceInput(from, to);
    }

    /// <summary>Sets a metadata entry of a model.</summary>
    public static void SetMetadata(this ModelProto model, string key, string value)
    {
        if (model.MetadataProps.FirstOrDefault(entry => entry.Key == key) is { } found)
            found.Value = value;
        else
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>A metadata entry of a model.</summary>
    public static string? Metadata(this ModelProto model, string key) => model.MetadataProps.FirstOrDefault(entry => entry.Key == key)?.Value;

    /// <summary>The version of the standard operators.</summary>
    public static int Opset(this ModelProto model) => (int)(model.OpsetImport.FirstOrDefault(import => import.Domain.Length == 0 || import.Domain == "ai.onnx")?.Version ?? 1);
}
