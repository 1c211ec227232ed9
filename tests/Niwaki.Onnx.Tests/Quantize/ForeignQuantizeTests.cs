using Niwaki.Onnx.Proto;
using Niwaki.Vision;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

/// <summary>What files of any origin ask of the quantizer and of what it says about them.</summary>
public sealed class ForeignQuantizeTests : IDisposable
{
    private static readonly DataSource Scenes = new SyntheticDataSource { Width = 32, Height = 32, Train = 12, Validation = 4 };
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    private OnnxModel Quantized(ModelProto model, Quantize? options = null) => (OnnxModel)(options ?? new Quantize { Images = 8 }).Apply(
        QuantizeTests.Artifact(folder, "float", model, 32, 5), folder.Context(folder["int8.partial"], Scenes), folder["int8"]);

    private QuantizationReport Report() => TestFolder.Vocabulary.Read<QuantizationReport>(File.ReadAllText(Path.Combine(folder["int8"], Quantize.ReportFile)), "report");

    [Fact]
    public void Sixteen_bit_floats_become_32_bits_around_8_bit_products()
    {
        var model = TestGraph.Cnn(32);
        for (var i = 0; i < model.Graph.Initializer.Count; i++)
        {
            if (model.Graph.Initializer[i] is var tensor && tensor.Type() == DataType.Float && !tensor.Name.StartsWith("scales", StringComparison.Ordinal))
                model.Graph.Initializer[i] = TensorValues.Of(tensor.Name, tensor.Shape(), [.. tensor.Floats().Select(value => (System.Half)value)]);
        }

        model.Graph.Input[0].Type.TensorType.ElemType = model.Graph.Output[0].Type.TensorType.ElemType = (int)DataType.Float16;
        var graph = OnnxFile.Read(Quantized(model).PathOf(OnnxModel.GraphFile));
        Assert.Equal((int)DataType.Float, graph.Graph.Input[0].Type.TensorType.ElemType);
        Assert.Contains(graph.Graph.Node, node => node.OpType == "QuantizeLinear");
        Assert.Contains(folder.Said, line => line.StartsWith("Its Float16 numbers became float32", StringComparison.Ordinal));
        // against the 16-bit graph itself
        Assert.Contains(folder.Said, line => line.Contains("keep their label", StringComparison.Ordinal));
    }

    [Fact]
    public void What_an_unknown_operator_feeds_stays_and_the_report_says_so()
    {
        var model = TestGraph.Cnn(32);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "my.domain", Version = 1 });
        (model.Graph.Node[^1].Input[0], var read) = ("odd", model.Graph.Node[^1].Input[0]);
        model.Graph.Node.Insert(model.Graph.Node.Count - 1, new NodeProto { OpType = "Magic", Domain = "my.domain", Name = "magic", Input = { read }, Output = { "odd" } });
        var graph = OnnxFile.Read(Quantized(model).PathOf(OnnxModel.GraphFile));
        Assert.Equal(["odd"], graph.Graph.Node.Single(node => node.OpType == "Magic").Output);
        Assert.Equal("classifier_out", graph.Graph.Output[0].Name);
        Assert.Contains(Report().Nodes, node => node.Op == "Magic" && node.Runs == "float");
        Assert.Contains(folder.Said, line => line.Contains("the last value that can be run", StringComparison.Ordinal));
        Assert.Contains("auto compares results", Assert.Throws<StageException>(() => { Directory.Delete(folder["int8"], true); Directory.Delete(folder["float"], true); Quantized(model, new Quantize { Auto = true }); }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_multiplies_and_stays_in_float_is_in_the_report()
    {
        var graph = new TestGraph(32);
        var middle = graph.Relu(graph.Conv(graph.Relu(graph.Conv("image", 3, 8, 3, 2)), 8, 8, 3));
        var branches = new[] { "then", "else" }.Select(name => new GraphProto { Name = name, Node = { new NodeProto { OpType = "Conv", Input = { middle, "inside" }, Output = { name + "_out" } } }, Output = { new ValueInfoProto { Name = name + "_out", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } } } }).ToArray();
        graph.Constant("inside", new Shape(8, 8, 1, 1), graph.Normal(64, 0.3));
        graph.Model.Graph.Initializer.Add(new TensorProto { Name = "yes", DataType = (int)DataType.Bool, RawData = Google.Protobuf.ByteString.CopyFrom(1) });
        graph.Model.Graph.Node.Add(new NodeProto
        {
            OpType = "If",
            Name = "choice",
            Input = { "yes" },
            Output = { "chosen" },
            Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = branches[0] }, new AttributeProto { Name = "else_branch", Type = AttributeProto.Types.AttributeType.Graph, G = branches[1] } },
        });
        graph.Constant("up", new Shape(8, 5, 2, 2), graph.Normal(160, 0.3));
        Quantized(graph.Output(graph.Add("ConvTranspose", ["chosen", "up"], node => node.With("strides", new[] { 2, 2 }), "raise"), null, 5, 32, 32));
        var nodes = Report().Nodes;
        Assert.Contains(nodes, node => node.Node == "raise" && !node.Int8 && node.Reason == "no 8-bit form of it is written");
        Assert.Contains(nodes, node => node.Op == "If" && !node.Int8 && node.Reason.Contains("control flow", StringComparison.Ordinal));
    }

    [Fact]
    public void Weights_alone_are_not_said_to_run_in_8_bits()
    {
        Quantized(TestGraph.Transformer(), new Quantize { Images = 8, Scheme = new WeightOnlyScheme { Bits = 4 }, First = true });
        Assert.Equal(["float", "float, weights in 4 bits", "float, weights in 8 bits"], Report().Nodes.Select(node => node.Runs).Distinct().Order());
        Assert.Contains("float, weights in 4 bits", File.ReadAllText(Path.Combine(folder["int8"], Quantize.PageFile)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_graph_of_one_convolution_is_told_how_it_is_quantized()
    {
        var graph = new TestGraph(32);
        var model = graph.Output(graph.Conv("image", 3, 5, 3), null, 5, 32, 32);
        Assert.Contains("--first true", Assert.Throws<StageException>(() => Quantized(model)).Message, StringComparison.Ordinal);
        Directory.Delete(folder["float"], true);
        Quantized(model, new Quantize { Images = 8, First = true });
        Assert.True(Assert.Single(Report().Nodes).Int8);
    }

    [Fact]
    public void Sequences_among_the_outputs_are_no_obstacle()
    {
        var model = TestGraph.Cnn(32);
        model.Graph.Node.Add(new NodeProto { OpType = "SequenceConstruct", Name = "list", Input = { "stem_out", "deep_out" }, Output = { "list" } });
        model.Graph.Output.Add(new ValueInfoProto { Name = "list", Type = new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float } } } } });
        Assert.Contains(OnnxFile.Read(Quantized(model, new Quantize { Images = 8, Refinements = [new CrossLayerRefinement(), new BiasRefinement()] }).PathOf(OnnxModel.GraphFile)).Graph.Output, output => output.Name == "list");
    }

    [Fact]
    public void The_report_names_the_rest_and_how_the_result_follows()
    {
        Quantized(TestGraph.Transformer());
        var report = Report();
        Assert.Contains(new OperatorCount("LayerNormalization", 5), report.Others);
        Assert.Contains(new OperatorCount("Softmax", 2), report.Others);
        Assert.Contains("keep their label", report.Compared, StringComparison.Ordinal);
        var page = File.ReadAllText(Path.Combine(folder["int8"], Quantize.PageFile));
        Assert.Contains("5 LayerNormalization", page, StringComparison.Ordinal);
        Assert.Contains("keep their label", page, StringComparison.Ordinal);
        Assert.Contains("--attention true", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_ReLU_is_part_of_its_8_bit_convolution()
    {
        Quantized(TestGraph.Cnn());
        // the first convolution's alone is computed in float
        Assert.Equal([new OperatorCount("Relu", 1)], Report().Others.Where(each => each.Op == "Relu"));
    }

    [Fact]
    public void Numbers_too_large_to_be_squared_are_told_with_the_layer()
    {
        var model = TestGraph.Cnn(32);
        var bias = model.Graph.Initializer.Single(tensor => tensor.Name == "expand.bias").Floats();
        bias[3] = 1e20f;
        model.Graph.SetInitializer(TensorValues.Of("expand.bias", new Shape(bias.Length), bias));
        var problem = Assert.Throws<StageException>(() => Quantized(model, new Quantize { Images = 8, Agreement = 0, Refinements = [new RidgeRefinement()] }));
        Assert.Contains("ridge: what ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_pictures_are_told()
    {
        Quantized(TestGraph.Cnn(32), new Quantize { Images = 2 });
        Assert.Contains(folder.Said, line => line.StartsWith("2 pictures calibrate", StringComparison.Ordinal));
    }
}
