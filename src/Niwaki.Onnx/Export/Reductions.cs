namespace Niwaki.Onnx;

/// <summary>Reductions, whose axes moved from an attribute to an input.</summary>
internal static class Reductions
{
    private const int AxesAsInputOpset = 18;

    /// <summary>Mean over one axis.</summary>
    public static string Mean(GraphWriter graph, string value, int axis, bool keep, string name) => graph.Opset >= AxesAsInputOpset
        ? graph.Node("ReduceMean", name, [value, graph.Integers("axis", axis)], ("keepdims", keep ? 1 : 0))
        : graph.Node("ReduceMean", name, [value], ("axes", new[] { axis }), ("keepdims", keep ? 1 : 0));
}
