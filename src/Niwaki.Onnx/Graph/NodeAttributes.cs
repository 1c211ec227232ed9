using Google.Protobuf;
using Niwaki.Onnx.Proto;
using AttributeType = Niwaki.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace Niwaki.Onnx;

/// <summary>A node's attributes by name.</summary>
internal static class NodeAttributes
{
    /// <summary>An integer, or the operator's default where it is not given.</summary>
    public static long Int(this NodeProto node, string name, long otherwise) => node.Find(name)?.I ?? otherwise;

    /// <summary>A number, or the operator's default where it is not given.</summary>
    public static float Float(this NodeProto node, string name, float otherwise) => node.Find(name)?.F ?? otherwise;

    /// <summary>A text, or the operator's default where it is not given.</summary>
    public static string Text(this NodeProto node, string name, string otherwise) => node.Find(name)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>Integers; <see langword="null"/> where they are not given.</summary>
    public static long[]? Ints(this NodeProto node, string name) => node.Find(name) is { } found ? [.. found.Ints] : null;

    /// <summary>A tensor; <see langword="null"/> where it is not given.</summary>
    public static TensorProto? Tensor(this NodeProto node, string name) => node.Find(name)?.T;

    /// <summary>Sets or replaces an attribute: an int, float, text, list of ints or tensor.</summary>
    public static NodeProto With(this NodeProto node, string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number:
                (attribute.Type, attribute.I) = (AttributeType.Int, number);
                break;
            case long number:
                (attribute.Type, attribute.I) = (AttributeType.Int, number);
                break;
            case float number:
                (attribute.Type, attribute.F) = (AttributeType.Float, number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case IEnumerable<long> numbers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.AddRange(numbers);
                break;
            case IEnumerable<int> numbers:
                attribute.Type = AttributeType.Ints;
                attribute.Ints.AddRange(numbers.Select(number => (long)number));
                break;
            case TensorProto tensor:
                (attribute.Type, attribute.T) = (AttributeType.Tensor, tensor);
                break;
            default:
                throw new ArgumentException($"{name}: a {value.GetType().Name} cannot be an attribute here.", nameof(value));
        }

        if (node.Find(name) is { } old)
            node.Attribute[node.Attribute.IndexOf(old)] = attribute;
        else
            node.Attribute.Add(attribute);
        return node;
    }

    /// <summary>The graphs inside of a node: branches of If, bodies of Loop and Scan.</summary>
    public static IEnumerable<GraphProto> Nested(this NodeProto node) => node.Attribute.SelectMany(attribute => attribute.G is { } graph ? attribute.Graphs.Append(graph) : attribute.Graphs);

    private static AttributeProto? Find(this NodeProto node, string name)
    {
        foreach (var attribute in node.Attribute)
        {
            if (attribute.Name == name)
                return attribute;
        }

        return null;
    }
}
