using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class GraphLintTests
{
    private static readonly DeviceRuntime Old = new("tensorrt8", RuntimeFamily.Tensorrt, 13, [Precision.Float32, Precision.Float16])
    {
        Operators = ["Add", "Cast", "Concat", "Conv", "Div", "Erf", "Gather", "Gemm", "MatMul", "Mul", "ReduceMean", "Relu", "Reshape", "Slice", "Softmax", "Sqrt", "Sub", "Transpose", "Unsqueeze", "If", "Shape", "Tanh", "QuantizeLinear", "DequantizeLinear"],
    };

    private static readonly DeviceRuntime New = new("onnxruntime", RuntimeFamily.Onnxruntime, 21, [Precision.Float32, Precision.Int8]) { Domains = ["com.microsoft"] };

    [Fact]
    public void A_graph_that_the_device_takes_is_clean()
    {
        var report = Lint(TestGraph.Cnn(), New);
        Assert.True(report.Clean, string.Join('\n', report.Findings));
        Assert.Equal(17, report.Opset);
        Assert.True(report.Activations > new Bytes(3 * 32 * 32 * 4));
    }

    [Fact]
    public void Opset_and_operators_of_an_old_runtime_are_told_with_what_mends_them()
    {
        var model = TestGraph.Transformer();
        var report = Lint(model, Old);
        Assert.False(report.Clean);
        var opset = Assert.Single(report.Findings, finding => finding.What.StartsWith("opset 17", StringComparison.Ordinal));
        Assert.Contains("--target tensorrt8", opset.Remedy, StringComparison.Ordinal);
        var norm = Assert.Single(report.Findings, finding => finding.What.StartsWith("LayerNormalization", StringComparison.Ordinal));
        Assert.Equal(5, norm.Count);
        Assert.Contains("decompose", norm.Remedy, StringComparison.Ordinal);
        Assert.Contains(report.Findings, finding => finding.What.Contains("has every operator", StringComparison.Ordinal));
        // and what is promised holds
        var mended = Pass.Run(model, [new DecomposePass()]);
        OpsetConversion.Apply(mended, 13, "test");
        Assert.True(Lint(mended, Old).Clean);
    }

    [Fact]
    public void Operators_that_nobody_knows_are_told()
    {
        var graph = new TestGraph(8);
        var model = graph.Output(graph.Add("Mystery", ["image"], node => node.Domain = "my.domain"), null, 3, 8, 8);
        model.Import("my.domain", 1);
        var finding = Assert.Single(Lint(model, New).Findings, finding => finding.Severity == LintSeverity.Problem);
        Assert.Contains("my.domain.Mystery", finding.What, StringComparison.Ordinal);
        Assert.Contains("keeps it as it is", finding.Remedy, StringComparison.Ordinal);
        var standard = new TestGraph(8);
        var odd = Lint(standard.Output(standard.Add("Mystery", ["image"]), null, 3, 8, 8), New);
        Assert.Contains("Mystery, which onnxruntime", Assert.Single(odd.Findings, finding => finding.Severity == LintSeverity.Problem).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_that_is_none_is_told_on_every_device()
    {
        var twice = TestGraph.Cnn();
        twice.Graph.Initializer.Add(twice.Graph.Initializer[0].Clone());
        var missing = TestGraph.Cnn();
        missing.Graph.Node[1].Input[0] = "nowhere";
        foreach (var runtime in new[] { Old, New })
        {
            Assert.Contains(Lint(twice, runtime).Findings, finding => finding.Severity == LintSeverity.Problem && finding.What.Contains("stand for two values", StringComparison.Ordinal));
            Assert.Contains(Lint(missing, runtime).Findings, finding => finding.Severity == LintSeverity.Problem && finding.Where.Contains("nowhere"));
        }

        var cycle = TestGraph.Cnn();
        cycle.Graph.Node[0].Input[0] = cycle.Graph.Node[2].Output[0];
        Assert.StartsWith("model.onnx: ", Assert.Throws<StageException>(() => Lint(cycle, New)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_that_do_not_fit_each_other_are_found_by_running_it()
    {
        var model = TestGraph.Cnn();
        model.Graph.SetInitializer(TensorValues.Of("deep.weight", new Shape(16, 12, 3, 3), new float[16 * 12 * 9]));
        Assert.Contains(Lint(model, New).Findings, finding => finding.Severity == LintSeverity.Problem && finding.What.Contains("does not run it", StringComparison.Ordinal));
    }

    [Fact]
    public void Functions_of_the_file_are_looked_at_from_the_inside_and_constants_weigh()
    {
        var model = TestGraph.Cnn();
        var weights = Lint(model, New).Weights;
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        var function = new FunctionProto { Name = "Act", Domain = "own", Input = { "a" }, Output = { "o" }, Node = { new NodeProto { OpType = "Relu", Input = { "a" }, Output = { "o" } } } };
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.Functions.Add(function);
        foreach (var relu in model.Graph.Node.Where(node => node.OpType == "Relu"))
            (relu.OpType, relu.Domain) = ("Act", "own");
        foreach (var tensor in model.Graph.Initializer.ToArray())
        {
            model.Graph.Initializer.Remove(tensor);
            model.Graph.Node.Insert(0, new NodeProto { OpType = "Constant", Output = { tensor.Name } }.With("value", tensor));
        }

        var report = Lint(model, New);
        Assert.True(report.Clean, string.Join('\n', report.Findings));
        Assert.Equal(weights, report.Weights);
    }

    [Fact]
    public void Operators_that_only_compute_sizes_are_mended_by_folding_them()
    {
        // a traced graph: the height by way of Mod, which the runtime does not have
        var graph = new TestGraph(8, freeBatch: false);
        var height = graph.Add("Gather", [graph.Add("Shape", ["image"]), graph.Longs(2)]);
        var sizes = graph.Add("Concat", [graph.Longs(1, 3), graph.Add("Add", [height, graph.Add("Mod", [height, graph.Longs(8)])]), graph.Longs(8)], node => node.With("axis", 0));
        var model = graph.Output(graph.Relu(graph.Add("Reshape", ["image", sizes])), 1, 3, 8, 8);
        var report = Lint(model, Old);
        Assert.Contains("fold-shapes", Assert.Single(report.Findings, finding => finding.What.StartsWith("Mod", StringComparison.Ordinal)).Remedy, StringComparison.Ordinal);
        Assert.Contains(report.Findings, finding => finding.What.Contains("has every operator", StringComparison.Ordinal));
        Assert.NotNull(report.Activations);
        var mended = Pass.Run(model, [new FoldShapesPass(), new DeadNodesPass()]);
        OpsetConversion.Apply(mended, 13, "test");
        Assert.True(Lint(mended, Old).Clean);
    }

    [Fact]
    public void An_infinite_mask_is_no_broken_weight()
    {
        var graph = new TestGraph(8);
        graph.Constant("mask", new Shape(8), [0, float.NegativeInfinity, 0, 0, 0, 0, 0, 0]);
        var masked = graph.Output(graph.Add("Softmax", [graph.Add("Add", ["image", "mask"])], node => node.With("axis", -1)), null, 3, 8, 8);
        Assert.True(Lint(masked, New).Clean);
    }

    [Fact]
    public void Eight_bits_are_told_where_the_device_has_none()
    {
        var model = Quantized(TensorValues.Of("zero", new Shape(), (byte[])[3]));
        Assert.Contains("8-bit products", Assert.Single(Lint(model, Old).Findings, finding => finding.Severity == LintSeverity.Problem && finding.What.StartsWith("8-bit", StringComparison.Ordinal)).What, StringComparison.Ordinal);
        Assert.True(Lint(model, New).Clean);
        var orin = Old with { Name = "tensorrt10", Opset = 20, Precisions = [Precision.Float32, Precision.Float16, Precision.Int8] };
        Assert.Contains(Lint(model, orin).Findings, finding => finding.Severity == LintSeverity.Problem && finding.What.Contains("zero point", StringComparison.Ordinal));
        Assert.DoesNotContain(Lint(Quantized(TensorValues.Of("zero", new Shape(), (sbyte[])[0])), orin).Findings, finding => finding.Severity == LintSeverity.Problem);
    }

    [Fact]
    public void Sixteen_bits_are_told_where_the_device_has_none()
    {
        var graph = new TestGraph(8);
        graph.Model.Graph.Initializer.Add(TensorValues.Of("half", new Shape(), (System.Half[])[(System.Half)2]));
        var value = graph.Add("Cast", [graph.Add("Mul", [graph.Add("Cast", ["image"], node => node.With("to", 10)), "half"])], node => node.With("to", 1));
        var report = Lint(graph.Output(value, null, 3, 8, 8), New);
        Assert.True(report.Clean);
        Assert.Contains(report.Findings, finding => finding.Severity == LintSeverity.Warning && finding.What.Contains("16-bit floats", StringComparison.Ordinal) && finding.Where.Contains("half"));
    }

    [Fact]
    public void Open_sizes_are_named_with_how_to_fix_them()
    {
        var graph = new TestGraph(8);
        graph.Model.Graph.Input[0].Type.TensorType.Shape.Dim[2] = new TensorShapeProto.Types.Dimension { DimParam = "rows" };
        var report = Lint(graph.Output(graph.Relu("image"), null, 3, null, 8), New);
        var finding = Assert.Single(report.Findings, finding => finding.Severity == LintSeverity.Warning);
        Assert.Contains("[batch, 3, rows, 8]", finding.What, StringComparison.Ordinal);
        Assert.Contains("--height", finding.Remedy, StringComparison.Ordinal);
        Assert.Null(report.Activations);
        Assert.Contains("--batch 1", Assert.Single(Lint(TestGraph.Cnn(), Old with { Opset = 17, Operators = [] }).Findings, found => found.What.Contains("--minShapes", StringComparison.Ordinal)).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_not_finite_dead_nodes_and_idle_outputs_are_told()
    {
        var graph = new TestGraph(8);
        var sum = graph.Add("Add", ["image", graph.Constant("broken", new Shape(8), [1, 2, float.NaN, 4, 5, 6, 7, 8])]);
        graph.Add("Relu", [sum], name: "nobody");
        graph.Output(sum, null, 3, 8, 8);
        graph.Output(graph.Add("Relu", [graph.Constant("alone", new Shape(2), [1, 2])]), 2);
        var report = Lint(graph.Model, New);
        Assert.Contains(report.Findings, finding => finding.Severity == LintSeverity.Problem && finding.Where.Contains("broken"));
        Assert.Contains(report.Findings, finding => finding.Severity == LintSeverity.Note && finding.Where.Contains("nobody"));
        Assert.Contains(report.Findings, finding => finding.What.Contains("depends on no input", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_not_fit_into_the_memory_is_told()
    {
        var report = GraphLint.Of(TestGraph.Cnn(), Board(New) with { MemoryForModel = new Bytes(60_000) }, New, "model.onnx");
        Assert.Contains("left for a model", Assert.Single(report.Findings, finding => finding.Severity == LintSeverity.Problem).What, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_mask_and_control_flow_are_told()
    {
        var report = Lint(ForeignGraphs.Swin(), New);
        Assert.Contains(report.Findings, finding => finding.What.Contains("denormal", StringComparison.Ordinal));
        var graph = new TestGraph(8);
        var branch = new GraphProto { Name = "branch", Node = { new NodeProto { OpType = "Relu", Input = { "image" }, Output = { "then" } } }, Output = { TestGraph.Value("then", null, 3, 8, 8) } };
        graph.Model.Graph.Initializer.Add(new TensorProto { Name = "yes", DataType = (int)TensorProto.Types.DataType.Bool, RawData = Google.Protobuf.ByteString.CopyFrom(1) });
        var node = new NodeProto { OpType = "If", Name = "choice", Input = { "yes" }, Output = { "out" } };
        foreach (var name in (string[])["then_branch", "else_branch"])
            node.Attribute.Add(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = branch });
        graph.Model.Graph.Node.Add(node);
        Assert.Contains(Lint(graph.Output("out", null, 3, 8, 8), New).Findings, finding => finding.What.Contains("control flow", StringComparison.Ordinal) && finding.Where.Contains("choice"));
    }

    [Fact]
    public void Activations_are_counted_from_where_they_are_made_to_where_they_are_read_last()
    {
        var graph = new TestGraph(8, freeBatch: false);
        var first = graph.Relu("image");
        var second = graph.Add("Sigmoid", [first]);
        var third = graph.Add("Tanh", [second]);
        var picture = 3 * 8 * 8 * sizeof(float);
        // at most the input or one of them, and its successor
        Assert.Equal(2 * picture, ActivationMemory.Peak(graph.Output(third, 1, 3, 8, 8))!.Value.Value);
    }

    private static LintReport Lint(ModelProto model, DeviceRuntime runtime) => GraphLint.Of(model, Board(runtime), runtime, "model.onnx");

    private static DeviceProfile Board(DeviceRuntime runtime) => new("board", DeviceArchitecture.LinuxArm64, 4, new Bytes(1 << 30), new Bytes(1 << 29), [runtime]);

    private static ModelProto Quantized(TensorProto zero)
    {
        var graph = new TestGraph(8, opset: 13);
        graph.Model.Graph.Initializer.Add(zero);
        var codes = graph.Add("QuantizeLinear", ["image", graph.Scalar(0.1f), zero.Name]);
        return graph.Output(graph.Add("DequantizeLinear", [codes, "scalar0", zero.Name]), null, 3, 8, 8);
    }
}
