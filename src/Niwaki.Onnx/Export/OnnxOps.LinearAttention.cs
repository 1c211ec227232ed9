namespace Niwaki.Onnx;

/// <content>Attention over pixels without a matrix of scores.</content>
internal sealed partial class OnnxOps
{
    private static readonly int[] KeysTurned = [0, 1, 3, 2];

    /// <inheritdoc/>
    public Value LinearAttention(Value query, Value key, Value value, string name, int heads, double epsilon = 1e-5)
    {
        // channels first throughout; only the keys are turned, which runtimes do inside the product
        var shape = shapes.LinearAttention(query.Shape, key.Shape, value.Shape, name, heads, epsilon);
        var width = query.Shape[1] / heads;
        var (q, k, v) = (Split(query), Split(key), Split(value));                       // [B, h, d, N], the same, [B, h, e, N]
        var turned = graph.Node("Transpose", $"{name}.keys_turned", [k], ("perm", KeysTurned));
        var mixture = graph.Node("MatMul", $"{name}.mixture", [v, turned]);             // [B, h, e, d]
        var mixed = graph.Node("MatMul", $"{name}.mixed", [mixture, q]);                // [B, h, e, N]
        var sums = new Value(Reductions.Sum(graph, k, 3, $"{name}.key_sums"), key.Shape, new Shape(key.Shape[0], heads, width), name);
        var totals = graph.Node("MatMul", $"{name}.totals", [As(sums, new Shape(key.Shape[0], heads, 1, width)).Name, q]); // [B, h, 1, N]
        var safe = graph.Node("Add", $"{name}.totals_safe", [totals, graph.Scalar((float)epsilon)]);
        return new Value(graph.Node("Div", name, [mixed, safe]), shape, new Shape(shape[0], heads, shape[1] / heads, shape[2] * shape[3]), name);

        string Split(Value image) => As(InOrder(image), new Shape(image.Shape[0], heads, image.Shape[1] / heads, image.Shape[2] * image.Shape[3])).Name;
    }
}
