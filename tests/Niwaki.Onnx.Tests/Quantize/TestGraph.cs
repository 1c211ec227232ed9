using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Builds small graphs by hand, with seeded weights.</summary>
internal sealed class TestGraph
{
    private readonly Random random;
    private int count;

    public TestGraph(int size, int seed = 1, long opset = 17, bool freeBatch = true, int channels = 3)
    {
        random = new Random(seed);
        Model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "test" } };
        Model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        Model.Graph.Input.Add(Value("image", freeBatch ? null : 1, channels, size, size));
    }

    public ModelProto Model { get; }

    public static ValueInfoProto Value(string name, params long?[] sizes)
    {
        var shape = new TensorShapeProto();
        foreach (var size in sizes)
            shape.Dim.Add(size is { } known ? new TensorShapeProto.Types.Dimension { DimValue = known } : new TensorShapeProto.Types.Dimension { DimParam = "batch" });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } } };
    }

    /// <summary>Ends the graph.</summary>
    public ModelProto Output(string value, params long?[] sizes)
    {
        Model.Graph.Output.Add(Value(value, sizes));
        return Model;
    }

    public float[] Normal(int size, double deviation)
    {
        var values = new float[size];
        for (var i = 0; i < size; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    public string Constant(string name, Shape shape, float[] values)
    {
        Model.Graph.Initializer.Add(TensorValues.Of(name, shape, values));
        return name;
    }

    public string Longs(params long[] values)
    {
        var name = $"sizes{count++}";
        Model.Graph.Initializer.Add(TensorValues.List(name, values));
        return name;
    }

    public string Add(string op, string[] inputs, Action<NodeProto>? attributes = null, string? name = null)
    {
        var node = new NodeProto { OpType = op, Name = name ?? $"{op}{count++}" };
        node.Input.Add(inputs);
        node.Output.Add($"{node.Name}_out");
        attributes?.Invoke(node);
        Model.Graph.Node.Add(node);
        return node.Output[0];
    }

    public string Conv(string input, int from, int to, int kernel, int stride = 1, int groups = 1, string? name = null, double gain = 1.4)
    {
        name ??= $"Conv{count++}";
        var taps = from / groups * kernel * kernel;
        Constant($"{name}.weight", new Shape(to, from / groups, kernel, kernel), Normal(to * taps, gain / Math.Sqrt(taps)));
        Constant($"{name}.bias", new Shape(to), Normal(to, 0.1));
        var pad = kernel % 2 == 1 ? kernel / 2 : 0;
        return Add("Conv", [input, $"{name}.weight", $"{name}.bias"], node => node.With("kernel_shape", new[] { kernel, kernel }).With("strides", new[] { stride, stride }).With("pads", new[] { pad, pad, pad, pad }).With("group", groups), name);
    }

    public string Linear(string input, int from, int to, bool bias = true, string? name = null)
    {
        name ??= $"Linear{count++}";
        var product = Add("MatMul", [input, Constant($"{name}.weight", new Shape(from, to), Normal(from * to, 1 / Math.Sqrt(from)))], name: name);
        return bias ? Add("Add", [product, Constant($"{name}.bias", new Shape(to), Normal(to, 0.1))]) : product;
    }

    public string Relu(string input) => Add("Relu", [input]);

    public string Silu(string input) => Add("Mul", [input, Add("Sigmoid", [input])]);

    public string Gelu(string input)
    {
        var erf = Add("Erf", [Add("Div", [input, Scalar(MathF.Sqrt(2))])]);
        return Add("Mul", [Add("Mul", [input, Add("Add", [erf, Scalar(1)])]), Scalar(0.5f)]);
    }

    public string Scalar(float value)
    {
        var name = $"scalar{count++}";
        Model.Graph.Initializer.Add(TensorValues.Scalar(name, value));
        return name;
    }

    public string LayerNorm(string input, int width)
    {
        var name = $"Norm{count++}";
        var scale = Normal(width, 0.3).Select(value => value + 1).ToArray();
        return Add("LayerNormalization", [input, Constant($"{name}.weight", new Shape(width), scale), Constant($"{name}.bias", new Shape(width), Normal(width, 0.1))], node => node.With("axis", -1).With("epsilon", 1e-5f), name);
    }

    public string Reshape(string input, params long[] sizes) => Add("Reshape", [input, Longs(sizes)]);

    public string Transpose(string input, params int[] order) => Add("Transpose", [input], node => node.With("perm", order));

    public string Resize(string input, int factor) => Add("Resize", [input, string.Empty, Constant($"scales{count++}", new Shape(4), [1, 1, factor, factor])], node => node.With("mode", "linear").With("coordinate_transformation_mode", "half_pixel"));

    /// <summary>A pre-norm transformer block on tokens [B, N, width].</summary>
    public string Block(string tokens, int count, int width, int heads)
    {
        var (each, normal) = (width / heads, LayerNorm(tokens, width));
        string Heads(string value, params int[] order) => Transpose(Reshape(value, -1, count, heads, each), order);
        var query = Heads(Linear(normal, width, width), 0, 2, 1, 3);
        var key = Heads(Linear(normal, width, width), 0, 2, 3, 1);
        var value = Heads(Linear(normal, width, width), 0, 2, 1, 3);
        var scores = Add("Softmax", [Add("Mul", [Add("MatMul", [query, key]), Scalar(1 / MathF.Sqrt(each))])], node => node.With("axis", -1));
        var mixed = Reshape(Transpose(Add("MatMul", [scores, value]), 0, 2, 1, 3), -1, count, width);
        var attended = Add("Add", [tokens, Linear(mixed, width, width)]);
        return Add("Add", [attended, Linear(Gelu(Linear(LayerNorm(attended, width), width, 2 * width)), 2 * width, width)]);
    }

    /// <summary>A small segmentation CNN: stem, an inverted residual with depthwise convolution, a fusion of two scales, a classifier.</summary>
    public static ModelProto Cnn(int size = 32, string activation = "Relu", int seed = 1)
    {
        var graph = new TestGraph(size, seed);
        string Act(string value) => activation == "Silu" ? graph.Silu(value) : graph.Relu(value);
        var stem = Act(graph.Conv("image", 3, 16, 3, 2, name: "stem"));
        var inside = Act(graph.Conv(Act(graph.Conv(stem, 16, 32, 1, name: "expand")), 32, 32, 3, groups: 32, name: "depthwise"));
        var residual = graph.Add("Add", [stem, graph.Conv(inside, 32, 16, 1, name: "project")]);
        var deep = Act(graph.Conv(Act(graph.Conv(residual, 16, 24, 3, 2, name: "down")), 24, 16, 3, name: "deep"));
        var fused = Act(graph.Conv(graph.Add("Concat", [Act(graph.Conv(residual, 16, 16, 1, name: "lateral")), graph.Resize(deep, 2)], node => node.With("axis", 1)), 32, 16, 3, name: "fuse"));
        return graph.Output(graph.Conv(fused, 16, 5, 1, name: "classifier"), null, 5, size / 2, size / 2);
    }

    /// <summary>A small vision transformer with a linear head.</summary>
    public static ModelProto Transformer(int size = 32, int width = 32, int blocks = 2, int seed = 1, long opset = 17)
    {
        var graph = new TestGraph(size, seed, opset);
        var side = size / 4;
        var tokens = graph.Transpose(graph.Reshape(graph.Conv("image", 3, width, 4, 4, name: "patches"), -1, width, side * side), 0, 2, 1);
        for (var i = 0; i < blocks; i++)
            tokens = graph.Block(tokens, side * side, width, 4);
        var logits = graph.Linear(graph.LayerNorm(tokens, width), width, 5, name: "head");
        return graph.Output(graph.Reshape(graph.Transpose(logits, 0, 2, 1), -1, 5, side, side), null, 5, side, side);
    }

    /// <summary>Smooth random pictures, as a natural picture is.</summary>
    public static List<float[]> Pictures(int number, int size, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, number).Select(_ =>
        {
            var picture = new float[3 * size * size];
            for (var plane = 0; plane < 3; plane++)
            {
                var waves = Enumerable.Range(0, 5).Select(_ => (X: random.NextDouble() * 0.6, Y: random.NextDouble() * 0.6, Phase: random.NextDouble() * 6, Size: random.NextDouble())).ToArray();
                for (var i = 0; i < size * size; i++)
                    picture[(plane * size * size) + i] = (float)(waves.Sum(wave => wave.Size * Math.Sin((wave.X * (i % size)) + (wave.Y * (i / size)) + wave.Phase)) + ((random.NextDouble() - 0.5) * 0.3));
            }

            return picture;
        })];
    }
}
