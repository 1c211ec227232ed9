using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Graphs from elsewhere, odd ones among them, through the float passes.</summary>
public sealed class ForeignGraphTests
{
    private const string Foreign = "topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx";

    [Fact]
    public void A_trained_foreign_model_computes_the_same_with_fewer_nodes()
    {
        var model = OnnxFile.Read(Shared.Model(Foreign));
        var proof = GraphProof.Of(model, 1, Foreign, out var reason);
        Assert.True(proof is not null, reason);
        var run = new PassRun(proof);
        var changed = run.Apply(model, Optimization.Passes(ExportTarget.Onnxruntime));
        Assert.All(run.Outcomes.Where(outcome => outcome.Places > 0), outcome => Assert.Null(outcome.Undone));
        Assert.True(changed.Graph.Node.Count < model.Graph.Node.Count);
        Assert.True(proof.Difference(changed) < 1e-5);
    }

    [Fact]
    public void A_foreign_model_that_was_read_and_written_gives_the_same_bits()
    {
        var path = Shared.Model(Foreign);
        using var folder = new TestFolder();
        OnnxFile.Write(folder["copy.onnx"], OnnxFile.Read(path));
        var proof = GraphProof.Of(OnnxFile.Read(path), 1, path, out _)!;
        Assert.Equal(0, proof.Difference(OnnxFile.Read(folder["copy.onnx"])));
    }

    [Fact]
    public void Keys_lose_their_bias_and_values_give_theirs_to_the_next_product()
    {
        var model = ForeignGraphs.Swin();
        OpsetConversion.Apply(model, 17, "test");
        var ready = Pass.Run(model, Optimization.Passes(ExportTarget.Onnxruntime).Where(pass => pass is not FoldAttentionBiasPass));
        var proof = GraphProof.Of(ready, 1, "test", out _)!;
        var changed = ready.Clone();
        Assert.Equal(4, new FoldAttentionBiasPass().Apply(changed));
        Assert.Null(proof.Refute(changed));
        Assert.Equal(ready.Graph.Node.Count(node => node.OpType == "Add") - 4, changed.Graph.Node.Count(node => node.OpType == "Add"));
        Assert.Equal(0, new FoldAttentionBiasPass().Apply(changed));
    }

    [Fact]
    public void A_float16_graph_stays_float16()
    {
        var graph = new TestGraph(8, freeBatch: false);
        var half = graph.Add("Cast", ["image"], node => node.With("to", (int)TensorProto.Types.DataType.Float16));
        graph.Model.Graph.Initializer.Add(TensorValues.Of("half", new Shape(1), (System.Half[])[(System.Half)2]));
        var value = graph.Add("Cast", [graph.Add("Mul", [graph.Add("Identity", [half]), "half"])], node => node.With("to", (int)TensorProto.Types.DataType.Float));
        var model = graph.Output(value, 1, 3, 8, 8);
        Assert.True(GraphProof.Of(model, 1, "test", out var reason) is not null, reason);
        var changed = Simplified(model, "test");
        Assert.Equal(["Cast", "Mul", "Cast"], changed.Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void Unknown_operators_and_control_flow_stay_as_they_are()
    {
        var graph = new TestGraph(8, freeBatch: false);
        var unknown = graph.Output(graph.Relu(graph.Add("Mystery", [graph.Add("Identity", ["image"])], node => node.Domain = "my.domain")), 1, 3, 8, 8);
        unknown.Import("my.domain", 1);
        Assert.Null(GraphProof.Of(unknown, 1, "test", out var reason));
        Assert.Contains("ONNX Runtime cannot run this graph", reason, StringComparison.Ordinal);
        var run = new PassRun(null);
        var changed = run.Apply(unknown, Optimization.Passes(ExportTarget.Onnxruntime));
        Assert.Equal(["Mystery", "Relu"], changed.Graph.Node.Select(node => node.OpType));

        var flow = new TestGraph(8, freeBatch: false);
        flow.Model.Graph.Initializer.Add(new TensorProto { Name = "yes", DataType = (int)TensorProto.Types.DataType.Bool, RawData = Google.Protobuf.ByteString.CopyFrom(1) });
        var inside = flow.Add("Identity", ["image"]);
        var node = new NodeProto { OpType = "If", Name = "choice", Input = { "yes" }, Output = { "out" } };
        foreach (var (branch, op) in ((string, string)[])[("then_branch", "Relu"), ("else_branch", "Sigmoid")])
            node.Attribute.Add(new AttributeProto { Name = branch, Type = AttributeProto.Types.AttributeType.Graph, G = new GraphProto { Name = branch, Node = { new NodeProto { OpType = op, Input = { inside }, Output = { $"{op}_out" } } }, Output = { TestGraph.Value($"{op}_out", 1, 3, 8, 8) } } });
        flow.Model.Graph.Node.Add(node);
        var kept = Simplified(flow.Output("out", 1, 3, 8, 8), "test");
        Assert.Equal("image", Assert.Single(kept.Graph.Node).Attribute[0].G.Node[0].Input[0]);
    }

    [Fact]
    public void A_graph_whose_height_is_open_is_left_alone_with_the_reason()
    {
        var graph = new TestGraph(8);
        graph.Model.Graph.Input[0].Type.TensorType.Shape.Dim[2] = new TensorShapeProto.Types.Dimension { DimParam = "rows" };
        var model = graph.Output(graph.Relu("image"), null, 3, null, 8);
        Assert.Null(GraphProof.Of(model, 1, "test", out var reason));
        Assert.Contains("image has sizes that are not fixed", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_number_of_pictures_can_be_fixed()
    {
        var model = TestGraph.Cnn();
        Optimization.Fix(model, 2, "test");
        Assert.Equal(2, model.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue);
        Assert.Equal([2, 5, 16, 16], GraphShapes.Of(model)[model.Graph.Output[0].Name].Dimensions);
        Assert.Contains("takes 2 pictures", Assert.Throws<StageException>(() => Optimization.Fix(model, 3, "test")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_through_which_scores_can_be_seen_stays()
    {
        var model = ForeignGraphs.Swin();
        Assert.Equal(1, new DeepenMaskPass().Apply(model.Clone()));
        var bias = model.Graph.Initializer.Last(tensor => tensor.Name.StartsWith("bias", StringComparison.Ordinal));
        model.Graph.SetInitializer(TensorValues.Of(bias.Name, bias.Shape(), (float[])[.. bias.Floats().Select(value => value * 50)]));
        Assert.Equal(0, new DeepenMaskPass().Apply(model));
    }

    private static ModelProto Simplified(ModelProto model, string where) => new PassRun(GraphProof.Of(model, 1, where, out _)).Apply(model, Optimization.Passes(ExportTarget.Portable));
}
