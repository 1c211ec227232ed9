namespace Niwaki.Onnx;

/// <summary>Reductions, whose axes moved from an attribute to an input.</summary>
internal static class Reductions
{
    private const int AxesAsInputOpset = 18;

    /// <summary>Mean over one axis.</summary>
    public static string Mean(GraphWriter graph, string value, int axis, bool keep, string name) => Write(graph, "ReduceMean", value, axis, keep, name);

    /// <summary>Largest over one axis, which stays with one element.</summary>
    public static string Max(GraphWriter graph, string value, int axis, string name) => Write(graph, "ReduceMax", value, axis, keep: true, name);

    /// <summary>Square root of the sum of squares over one axis, which stays with one element.</summary>
    public static string Length(GraphWriter graph, string value, int axis, string name) => Write(graph, "ReduceL2", value, axis, keep: true, name);

    /// <summary>Sum over one axis, which goes. Its axes are an input in every operator set that is written.</summary>
    public static string Sum(GraphWriter graph, string value, int axis, string name) =>
        graph.Node("ReduceSum", name, [value, graph.Integers("axis", axis)], ("keepdims", 0));

    private static string Write(GraphWriter graph, string type, string value, int axis, bool keep, string name) => graph.Opset >= AxesAsInputOpset
        ? graph.Node(type, name, [value, graph.Integers("axis", axis)], ("keepdims", keep ? 1 : 0))
        : graph.Node(type, name, [value], ("axes", new[] { axis }), ("keepdims", keep ? 1 : 0));
}
