using Niwaki.Onnx;
using Niwaki.Onnx.Proto;

namespace Niwaki.Bench;

/// <summary>A graph of a few layers with random weights.</summary>
internal sealed class LayerGraph
{
    private readonly Random random = new(1);
    private readonly ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "layers" } };
    private readonly int[] shape;

    public LayerGraph(int channels, int height, int width)
    {
        shape = [1, channels, height, width];
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.Graph.Input.Add(Info("image", shape));
    }

    public string Conv(string input, int channels, int kernel, int groups, bool silu, int number)
    {
        var taps = channels / groups * kernel * kernel;
        var made = Add("Conv", $"conv{number}", [input, Constant($"w{number}", new Shape(channels, channels / groups, kernel, kernel), Math.Sqrt(2.0 / taps)), Constant($"b{number}", new Shape(channels), 0.1)], node =>
            node.With("kernel_shape", new[] { kernel, kernel }).With("pads", new[] { kernel / 2, kernel / 2, kernel / 2, kernel / 2 }).With("group", groups));
        return silu ? Add("Mul", $"silu{number}", [made, Add("Sigmoid", $"sigmoid{number}", [made])]) : Add("Relu", $"relu{number}", [made]);
    }

    public string Linear(string input, int from, int to, int number) =>
        Add("Add", $"sum{number}", [Add("MatMul", $"product{number}", [input, Constant($"w{number}", new Shape(from, to), 1 / Math.Sqrt(from))]), Constant($"b{number}", new Shape(to), 0.1)]);

    public ModelProto Finish(string output)
    {
        model.Graph.Output.Add(new ValueInfoProto { Name = output, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } } });
        return model;
    }

    public float[][] Inputs(int count) => [.. Enumerable.Range(0, count).Select(_ => Normal(shape.Aggregate(1, (all, size) => all * size), 1))];

    private string Constant(string name, Shape sizes, double deviation)
    {
        model.Graph.Initializer.Add(TensorValues.Of(name, sizes, Normal((int)sizes.Elements, deviation)));
        return name;
    }

    private string Add(string op, string name, string[] inputs, Action<NodeProto>? attributes = null)
    {
        var node = new NodeProto { OpType = op, Name = name };
        node.Input.Add(inputs);
        node.Output.Add(name);
        attributes?.Invoke(node);
        model.Graph.Node.Add(node);
        return name;
    }

    private float[] Normal(int size, double deviation)
    {
        var values = new float[size];
        for (var i = 0; i < size; i++)
            values[i] = (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        return values;
    }

    private static ValueInfoProto Info(string name, int[] sizes)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = dimensions } } };
    }
}
