using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

public sealed class TargetTests : IDisposable
{
    // what NVIDIA's parser lists as supported for TensorRT 8 (docs/operators.md of its release 8.4), as far as any network here could need it
    private static readonly string[] TensorRt82 =
    [
        "Abs", "Add", "ArgMax", "AveragePool", "Cast", "Clip", "Concat", "Conv", "Div", "Erf", "Exp", "Expand", "Flatten", "Gather", "Gemm", "GlobalAveragePool", "HardSigmoid", "Identity",
        "InstanceNormalization", "MatMul", "Max", "MaxPool", "Mean", "Min", "Mul", "Neg", "Pad", "Pow", "ReduceL2", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Resize", "Sigmoid", "Slice",
        "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze",
    ];

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Networks() =>
        new("swin-micro+upernet-16", "swin-micro+linear", "mobilevit-micro+upernet-16", "resnet-micro+upernet-16", "vit-tiny-16+linear");

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_graph_for_a_target_holds_only_what_the_target_has(string name)
    {
        foreach (var target in Enum.GetValues<ExportTarget>())
        {
            var model = Write(name, target);
            Assert.Empty(TargetRules.Problems(model, target));
            Assert.Equal(target == ExportTarget.Tensorrt8 ? 13 : 17, model.Opset());
            Assert.All(model.Graph.Node, node =>
            {
                if (target != ExportTarget.Onnxruntime)
                    Assert.Equal(string.Empty, node.Domain);
                if (target == ExportTarget.Tensorrt8)
                    Assert.Contains(node.OpType, TensorRt82);
            });
            var domains = model.Graph.Node.Select(node => node.Domain).Append(string.Empty).Distinct().Order(StringComparer.Ordinal);
            Assert.Equal(domains, model.OpsetImport.Select(import => import.Domain).Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_target_computes_the_same(string name)
    {
        var (architecture, weights, shape) = Network(name);
        var image = RandomWeights.Image(shape);
        var expected = ReferenceOps.Run(architecture, weights, new Weight(shape, image)).Values;
        foreach (var target in Enum.GetValues<ExportTarget>())
            Running.Same(expected, Running.Floats(Write(name, target), image, shape), 1e-5, $"{name} for {target}");
    }

    [Fact]
    public void Of_graphs_of_any_origin_all_is_taken_that_the_target_parses()
    {
        var graph = new TestGraph(8, opset: 13);
        var model = graph.Output(graph.Add("Flatten", [graph.Add("LeakyRelu", ["image"])]), null, 192);
        Assert.Empty(TargetRules.Problems(model, ExportTarget.Tensorrt8, isForeign: true));
        // this project writes neither
        Assert.Equal(2, TargetRules.Problems(model, ExportTarget.Tensorrt8).Count());
        model.Graph.Node[0].OpType = "QuantizeLinear";
        Assert.Contains("QuantizeLinear", Assert.Single(TargetRules.Problems(model, ExportTarget.Tensorrt8, isForeign: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void Onnx_runtimes_own_operators_are_used_for_it_alone()
    {
        Assert.Contains(Write("vit-tiny-16+linear", ExportTarget.Onnxruntime).Graph.Node, node => node is { OpType: "Gelu", Domain: "com.microsoft" });
        Assert.DoesNotContain(Write("vit-tiny-16+linear", ExportTarget.Portable).Graph.Node, node => node.OpType == "Gelu");
    }

    [Theory]
    [InlineData(ExportTarget.Portable, "com.microsoft", "Gelu")]
    [InlineData(ExportTarget.Onnxruntime, "com.microsoft", "Nothing")]
    [InlineData(ExportTarget.Onnxruntime, "example.org", "Relu")]
    [InlineData(ExportTarget.Tensorrt8, "", "LayerNormalization")]
    [InlineData(ExportTarget.Tensorrt8, "", "ScatterND")]
    public void Operators_that_a_target_lacks_are_found(ExportTarget target, string domain, string type)
    {
        var model = Write("resnet-micro+linear", target);
        var node = model.Graph.Node[^1];
        (node.Domain, node.OpType) = (domain, type);
        Assert.Contains(type, Assert.Single(TargetRules.Problems(model, target)), StringComparison.Ordinal);
        Assert.Throws<StageException>(() => TargetRules.Check(model, target));
    }

    [Fact]
    public void A_newer_operator_set_than_the_target_has_is_found()
    {
        var model = Write("resnet-micro+linear", ExportTarget.Portable);
        Assert.Contains("opset 17", TargetRules.Problems(model, ExportTarget.Tensorrt8));
    }

    [Fact]
    public void The_stage_proves_each_target_and_refuses_an_operator_set_that_it_does_not_have()
    {
        var network = folder.Network("net", Presets.Architecture("swin-micro+upernet-16", 3), 32, 32);
        foreach (var target in Enum.GetValues<ExportTarget>())
        {
            var model = folder.Export(network, new Export { Target = target }, $"{target}");
            Assert.Empty(TargetRules.Problems(OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)), target));
        }

        Assert.Equal(3, folder.Said.Count(line => line.StartsWith("Proved on", StringComparison.Ordinal)));
        Assert.Contains("at most 13", Assert.Throws<StageException>(() => folder.Export(network, new Export { Target = ExportTarget.Tensorrt8, Opset = 17 }, "no")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_map_for_tensorrt_8_has_no_8_bit_output_and_is_proved()
    {
        var network = folder.Network("net", Presets.Architecture("resnet-micro+upernet-16", 3), 64, 64);
        var model = folder.Export(network, new Export { Target = ExportTarget.Tensorrt8, LabelMap = true }, "labels");
        Assert.Equal((int)DataType.Int32, Assert.Single(OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)).Graph.Output).Type.TensorType.ElemType);
    }

    [Fact]
    public void Keys_and_values_have_no_bias_in_the_graph_and_the_layer_after_them_adds_it()
    {
        var graph = Write("vit-tiny-16+linear", ExportTarget.Portable).Graph;
        Assert.All(graph.Node.Where(node => node.Name.EndsWith("attn.k", StringComparison.Ordinal) || node.Name.EndsWith("attn.v", StringComparison.Ordinal)), node => Assert.Equal(2, node.Input.Count));
        Assert.Equal(4, graph.Node.Count(node => node.OpType == "Gemm" && node.Name.Contains(".attn.", StringComparison.Ordinal) && node.Input.Count == 2));
        Assert.DoesNotContain(graph.Node, node => node.Name.EndsWith(".shifted", StringComparison.Ordinal));
    }

    private static ModelProto Write(string name, ExportTarget target)
    {
        var (architecture, weights, shape) = Network(name);
        return new NetworkGraph { Target = target, Opset = TargetRules.UsualOpset(target) }.Write(architecture, weights, shape[2], shape[3]);
    }

    private static (Architecture Architecture, IReadOnlyDictionary<string, Weight> Weights, Shape Shape) Network(string name)
    {
        var architecture = Presets.Architecture(name, 3);
        if (architecture.Backbone is VitBackbone vit)
            architecture = architecture with { Backbone = vit with { Blocks = [.. vit.Blocks.Take(2)] } };
        return (architecture, RandomWeights.Of(architecture, 64, 64), new Shape(1, 3, 64, 64));
    }
}
