using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class GraphCostTests
{
    [Theory]
    [InlineData("swin-micro+upernet-16")]
    [InlineData("mobilevit-micro+upernet-16")]
    [InlineData("swinv2-micro+upernet-16")]
    [InlineData("mobilevitv2-micro+upernet-16")]
    [InlineData("resnet-50-micro+linear")]
    [InlineData("resnet-micro+linear")]
    [InlineData("vit-tiny-16+linear")]
    public void Multiply_accumulates_are_those_of_the_network(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        var model = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 96), 64, 96);
        Assert.Equal(CostOps.Of(architecture, 64, 96).Macs, GraphCost.Of(model, new Shape(1, 3, 64, 96), name).Macs);
    }

    [Fact]
    public void Parameters_are_counted_where_the_graph_does_not_say_them()
    {
        var architecture = Presets.Architecture("resnet-micro+linear", 3);
        var model = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 64, 64), 64, 64);
        var norms = ParameterOps.Of(architecture, 64, 64).Where(spec => spec.Role == ParameterRole.NormWeight).Sum(spec => spec.Shape.Elements);
        Assert.Equal(CostOps.Of(architecture, 64, 64).Parameters - norms, GraphCost.Of(model, new Shape(1, 3, 64, 64), "folded").Parameters); // each folded norm leaves a bias
        model.SetMetadata(GraphCost.ParametersKey, "12345");
        Assert.Equal(12345, GraphCost.Of(model, new Shape(1, 3, 64, 64), "said").Parameters);
    }

    [Fact]
    public void A_quantized_weight_counts_once_and_its_scales_do_not()
    {
        var graph = new GraphWriter(17);
        var weight = Dequantized(graph, "weight", TensorValues.Of("weight", new Shape(5, 12), new sbyte[60]), new Shape(5));
        var bias = Dequantized(graph, "bias", TensorValues.Of("bias", new Shape(5), new int[5]), new Shape(5));
        var image = graph.Node("DequantizeLinear", "image.float", [graph.Node("QuantizeLinear", "image.int", ["image", graph.Scalar(0.1f), Zero(graph)]), graph.Scalar(0.1f), Zero(graph)]);
        var flat = graph.Node("Reshape", "flat", [image, graph.Integers("shape", -1, 12)]);
        var logits = graph.Node("Gemm", "fc", [flat, weight, bias], ("transB", 1));
        var model = graph.Finish("quantized", Floats("image", 1, 3, 2, 2), (logits, Floats("logits", 1, 5)));
        model.Graph.Initializer.Add(TensorValues.Of("weight", new Shape(5, 12), new sbyte[60]));
        model.Graph.Initializer.Add(TensorValues.Of("bias", new Shape(5), new int[5]));
        Assert.Equal(new ModelCost(65, new Macs(60)), GraphCost.Of(model, new Shape(1, 3, 2, 2), "quantized"));
    }

    private static string Zero(GraphWriter graph) => graph.Node("Constant", "zero", [], ("value", TensorValues.Of("zero", new Shape(), (byte[])[128])));

    private static string Dequantized(GraphWriter graph, string name, TensorProto tensor, Shape scales) =>
        graph.Node("DequantizeLinear", $"{name}.float", [tensor.Name, graph.Parameter($"{name}.scale", new Weight(scales, [.. Enumerable.Repeat(0.5f, (int)scales.Elements)]))], ("axis", 0));

    private static ValueInfoProto Floats(string name, params int[] sizes)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
