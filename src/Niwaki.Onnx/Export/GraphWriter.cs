using System.Runtime.InteropServices;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Collects nodes and constants of a graph under unique names.</summary>
internal sealed class GraphWriter(int opset, ExportTarget target = ExportTarget.Portable)
{
    /// <summary>Begins the name of every constant that is no parameter: masks, indices, shapes.</summary>
    public const string ConstantPrefix = "const/";

    private readonly GraphProto graph = new();
    private readonly HashSet<string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> constants = new(StringComparer.Ordinal);
    private readonly HashSet<string> parameters = new(StringComparer.Ordinal);

    /// <summary>The operator set that the graph is written in.</summary>
    public int Opset => opset;

    /// <summary>Whether ONNX Runtime's own operators may be written.</summary>
    public bool HasContrib => target == ExportTarget.Onnxruntime;

    /// <summary>Writes one of ONNX Runtime's own operators; gives its output.</summary>
    public string Contrib(string type, string name, IEnumerable<string> inputs, params IEnumerable<(string Name, object Value)> attributes)
    {
        var output = Node(type, name, inputs, attributes);
        graph.Node[^1].Domain = TargetRules.ContribDomain;
        return output;
    }

    /// <summary>Writes a node; gives its output.</summary>
    public string Node(string type, string name, IEnumerable<string> inputs, params IEnumerable<(string Name, object Value)> attributes)
    {
        var node = new NodeProto { OpType = type, Name = Fresh(name) };
        node.Input.AddRange(inputs);
        node.Output.Add(node.Name);
        foreach (var (attribute, value) in attributes)
            node.With(attribute, value);
        graph.Node.Add(node);
        return node.Name;
    }

    /// <summary>Writes a node again with its first inputs alone, under its name; the one before goes where nothing else reads it.</summary>
    /// <param name="output">What the node gives.</param>
    /// <param name="inputs">How many inputs stay.</param>
    public string Again(string output, int inputs)
    {
        var before = graph.Node.Last(node => node.Output[0] == output);
        var again = before.Clone();
        before.Name = Fresh($"{again.Name}.before");
        again.Output[0] = Fresh($"{again.Name}.again");
        while (again.Input.Count > inputs)
            again.Input.RemoveAt(again.Input.Count - 1);
        graph.Node.Add(again);
        return again.Output[0];
    }

    /// <summary>A parameter of the network under its own name, once.</summary>
    public string Parameter(string name, Weight weight)
    {
        if (parameters.Add(name))
        {
            names.Add(name);
            graph.Initializer.Add(TensorValues.Of(name, weight.Shape, weight.Values));
        }

        return name;
    }

    /// <summary>A float constant that is no parameter; equal ones are stored once.</summary>
    public string Floats(string wish, Shape shape, float[] values) =>
        Constant(wish, Key(shape, MemoryMarshal.AsBytes(values.AsSpan())), name => TensorValues.Of(name, shape, values));

    /// <summary>A float number.</summary>
    public string Scalar(float value) => Floats(FormattableString.Invariant($"{value}"), new Shape(), [value]);

    /// <summary>A list of integers (a shape, axes, indices); equal ones are stored once.</summary>
    public string Integers(string wish, params long[] values) =>
        Constant(wish, Key(new Shape(values.Length), MemoryMarshal.AsBytes(values.AsSpan())) + "i", name => TensorValues.List(name, values));

    /// <summary>One integer, rank 0.</summary>
    public string Integer(long value) =>
        Constant(FormattableString.Invariant($"{value}i"), FormattableString.Invariant($"{value}i"), name => TensorValues.Of(name, new Shape(), [value]));

    /// <summary>The finished graph.</summary>
    /// <param name="name">Of the graph.</param>
    /// <param name="input">What goes in.</param>
    /// <param name="outputs">Values, and what they leave the graph as.</param>
    public ModelProto Finish(string name, ValueInfoProto input, params IEnumerable<(string Value, ValueInfoProto As)> outputs)
    {
        graph.Name = name;
        graph.Input.Add(input);
        foreach (var (value, output) in outputs)
        {
            Rename(value, output.Name);
            graph.Output.Add(output);
        }

        var model = new ModelProto { IrVersion = opset switch { <= 14 => 7, <= 18 => 8, <= 20 => 9, _ => 10 }, ProducerName = "niwaki", Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = opset });
        if (graph.Node.Any(node => node.Domain == TargetRules.ContribDomain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = TargetRules.ContribDomain, Version = 1 });
        return model;
    }

    private void Rename(string value, string name)
    {
        foreach (var node in graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                if (node.Input[i] == value)
                    node.Input[i] = name;
            }

            for (var i = 0; i < node.Output.Count; i++)
            {
                if (node.Output[i] == value)
                    node.Output[i] = name;
            }
        }
    }

    private string Constant(string wish, string key, Func<string, TensorProto> make)
    {
        if (!constants.TryGetValue(key, out var name))
        {
            constants[key] = name = Fresh(ConstantPrefix + wish);
            graph.Initializer.Add(make(name));
        }

        return name;
    }

    private string Fresh(string wish)
    {
        var name = wish;
        for (var i = 1; !names.Add(name); i++)
            name = FormattableString.Invariant($"{wish}_{i}");
        return name;
    }

    private static string Key(Shape shape, ReadOnlySpan<byte> bytes) =>
        $"{shape} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}";
}
