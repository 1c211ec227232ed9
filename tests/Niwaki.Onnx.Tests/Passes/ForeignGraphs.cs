using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Small graphs in the layouts that PyTorch's exporter writes: decomposed norms and activations, traced shapes, windows, one projection for q, k and v.</summary>
internal static class ForeignGraphs
{
    public const int Size = 16;
    private const int Width = 16;
    private const int Heads = 2;
    private const int Window = 2;

    /// <summary>Mean, difference, power, mean, epsilon, root, quotient, scale, offset.</summary>
    public static string Norm(this TestGraph graph, string input, int width, string form = "pow")
    {
        string Mean(string value) => graph.Add("ReduceMean", [value], node => node.With("axes", new[] { -1 }));
        var difference = graph.Add("Sub", [input, Mean(input)]);
        var square = form == "mul" ? graph.Add("Mul", [difference, difference]) : graph.Add("Pow", [form == "twice" ? graph.Add("Sub", [input, Mean(input)]) : difference, graph.Scalar(2)]);
        var variance = graph.Add("Add", form == "mul" ? [graph.Scalar(1e-5f), Mean(square)] : [Mean(square), graph.Scalar(1e-5f)]);
        var normal = form == "reciprocal" ? graph.Add("Mul", [graph.Add("Reciprocal", [graph.Add("Sqrt", [variance])]), difference]) : graph.Add("Div", [difference, graph.Add("Sqrt", [variance])]);
        if (form == "bare")
            return normal;
        var name = $"norm{graph.Model.Graph.Node.Count}";
        var scale = graph.Constant($"{name}.weight", new Shape(width), [.. graph.Normal(width, 0.3).Select(value => value + 1)]);
        var scaled = graph.Add("Mul", form == "mul" ? [scale, normal] : [normal, scale]);
        return graph.Add("Add", [scaled, graph.Constant($"{name}.bias", new Shape(width), graph.Normal(width, 0.1))]);
    }

    /// <summary>An activation in one of the ways that exporters write it.</summary>
    public static string Activation(this TestGraph graph, string input, string form)
    {
        string Half(string value) => graph.Add("Mul", [value, graph.Scalar(0.5f)]);
        string OnePlus(string value) => graph.Add("Add", [value, graph.Scalar(1)]);
        string Cube() => graph.Add("Pow", [input, graph.Scalar(3)]);
        string Erf() => graph.Add("Erf", [form.EndsWith("mul", StringComparison.Ordinal) ? graph.Add("Mul", [input, graph.Scalar(MathF.Sqrt(0.5f))]) : graph.Add("Div", [input, graph.Scalar(MathF.Sqrt(2))])]);
        string Tanh(string inner) => graph.Add("Tanh", [graph.Add("Mul", [inner, graph.Scalar(MathF.Sqrt(2 / MathF.PI))])]);
        return form switch
        {
            "erf" => Half(graph.Add("Mul", [input, OnePlus(Erf())])),
            "erf-first-half" => graph.Add("Mul", [Half(input), OnePlus(Erf())]),
            "erf-inner-half-mul" => graph.Add("Mul", [input, Half(OnePlus(Erf()))]),
            "tanh" => graph.Add("Mul", [Half(input), OnePlus(Tanh(graph.Add("Add", [input, graph.Add("Mul", [Cube(), graph.Scalar(0.044715f)])])))]),
            "tanh-product" => Half(graph.Add("Mul", [input, OnePlus(Tanh(graph.Add("Mul", [input, OnePlus(graph.Add("Mul", [graph.Add("Mul", [input, input]), graph.Scalar(0.044715f)]))])))])),
            "hard-swish" => graph.Add("Div", [graph.Add("Mul", [input, graph.Add("Clip", [graph.Add("Add", [input, graph.Scalar(3)]), graph.Scalar(0), graph.Scalar(6)])]), graph.Scalar(6)]),
            "hard-swish-mul" => graph.Add("Mul", [graph.Add("Mul", [graph.Add("Clip", [graph.Add("Add", [graph.Scalar(3), input]), graph.Scalar(0), graph.Scalar(6)]), graph.Scalar(1 / 6f)]), input]),
            _ => throw new ArgumentException(form, nameof(form)),
        };
    }

    /// <summary>What a trace writes for a reshape: sizes that it reads off, divides, puts together again.</summary>
    public static string TracedReshape(this TestGraph graph, string input, params long[] sizes)
    {
        var parts = sizes.Select((size, axis) =>
        {
            if (axis > 0)
                return graph.Longs(size);
            var first = graph.Add("Gather", [graph.Add("Shape", [input]), Zero(graph)], node => node.With("axis", 0));
            var scaled = graph.Add("Mul", [first, One(graph, size)]);
            return graph.Add("Unsqueeze", [scaled, graph.Longs(0)]);
        }).ToArray();
        return graph.Add("Reshape", [input, graph.Add("Concat", parts, node => node.With("axis", 0))]);
    }

    /// <summary>A Swin of two blocks, the second one shifted, as torchvision traces it; opset 13.</summary>
    public static ModelProto Swin(bool freeBatch = false, long opset = 13, int seed = 1)
    {
        var graph = new TestGraph(Size, seed, opset, freeBatch);
        var side = Size / 4;
        var patches = graph.Transpose(graph.Conv("image", 3, Width, 4, 4, name: "patches"), 0, 2, 3, 1);
        var tokens = graph.Norm(patches, Width);
        foreach (var shift in (int[])[0, 1])
        {
            var attended = WindowAttention(graph, graph.Norm(tokens, Width), side, shift);
            tokens = graph.Add("Add", [tokens, attended]);
            var hidden = graph.Activation(graph.Linear(graph.Norm(tokens, Width), Width, 2 * Width), "erf");
            tokens = graph.Add("Add", [tokens, graph.Linear(hidden, 2 * Width, Width)]);
        }

        var logits = graph.Linear(Merged(graph, tokens, side), 4 * Width, 5, name: "head");
        return graph.Output(graph.Transpose(logits, 0, 3, 1, 2), freeBatch ? null : 1, 5, side / 2, side / 2);
    }

    private static string WindowAttention(TestGraph graph, string tokens, int side, int shift)
    {
        var (windows, area, each) = (side / Window, Window * Window, Width / Heads);
        var moved = shift == 0 ? tokens : Rolled(graph, tokens, shift);
        var split = graph.TracedReshape(moved, 1, windows, Window, windows, Window, Width);
        var rows = graph.TracedReshape(graph.Transpose(split, 0, 1, 3, 2, 4, 5), windows * windows, area, Width);
        var projected = graph.Linear(rows, Width, 3 * Width);
        var turned = graph.Transpose(graph.Reshape(projected, -1, area, 3, Heads, each), 2, 0, 3, 1, 4);
        string Part(int which) => graph.Add("Gather", [turned, Place(graph, which)], node => node.With("axis", 0));
        var query = graph.Add("Mul", [Part(0), graph.Scalar(1 / MathF.Sqrt(each))]);
        var scores = graph.Add("MatMul", [query, graph.Transpose(Part(1), 0, 1, 3, 2)]);
        scores = graph.Add("Add", [scores, graph.Constant($"bias{graph.Model.Graph.Node.Count}", new Shape(1, Heads, area, area), graph.Normal(Heads * area * area, 1))]);
        if (shift > 0)
        {
            var mask = new float[windows * windows * area * area];
            for (var i = 0; i < mask.Length; i++)
                mask[i] = i / (area * area) % 3 == 0 ? 0 : i % area < i / area % area ? -100 : 0;
            var spread = graph.Reshape(scores, -1, windows * windows, Heads, area, area);
            scores = graph.Reshape(graph.Add("Add", [spread, graph.Constant($"mask{graph.Model.Graph.Node.Count}", new Shape(1, windows * windows, 1, area, area), mask)]), -1, Heads, area, area);
        }

        var shares = graph.Add("Dropout", [graph.Add("Softmax", [scores], node => node.With("axis", -1))]);
        var mixed = graph.Reshape(graph.Transpose(graph.Add("MatMul", [shares, Part(2)]), 0, 2, 1, 3), -1, area, Width);
        var back = graph.Reshape(graph.Linear(mixed, Width, Width), -1, windows, windows, Window, Window, Width);
        var whole = graph.Reshape(graph.Transpose(back, 0, 1, 3, 2, 4, 5), -1, side, side, Width);
        return shift == 0 ? whole : Rolled(graph, whole, -shift);
    }

    private static string Rolled(TestGraph graph, string tokens, int shift)
    {
        foreach (var axis in (int[])[1, 2])
        {
            string Slice(long from, long to) => graph.Add("Slice", [tokens, graph.Longs(from), graph.Longs(to), graph.Longs(axis), graph.Longs(1)]);
            tokens = graph.Add("Concat", [Slice(shift, long.MaxValue), Slice(0, shift)], node => node.With("axis", axis));
        }

        return tokens;
    }

    private static string Merged(TestGraph graph, string tokens, int side)
    {
        string Every(long row, long column) =>
            graph.Add("Slice", [graph.Add("Slice", [tokens, graph.Longs(row), graph.Longs(long.MaxValue), graph.Longs(1), graph.Longs(2)]), graph.Longs(column), graph.Longs(long.MaxValue), graph.Longs(2), graph.Longs(2)]);
        _ = side;
        return graph.Norm(graph.Add("Concat", [Every(0, 0), Every(1, 0), Every(0, 1), Every(1, 1)], node => node.With("axis", -1)), 4 * Width);
    }

    private static string Zero(TestGraph graph) => Place(graph, 0);

    private static string One(TestGraph graph, long value) => Place(graph, value);

    private static string Place(TestGraph graph, long value)
    {
        var name = $"place{graph.Model.Graph.Initializer.Count}";
        graph.Model.Graph.Initializer.Add(TensorValues.Of(name, new Shape(), [value]));
        return name;
    }
}
