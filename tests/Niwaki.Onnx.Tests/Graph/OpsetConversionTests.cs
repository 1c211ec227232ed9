using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class OpsetConversionTests
{
    [Theory]
    [InlineData(11, 13)]
    [InlineData(11, 17)]
    [InlineData(11, 21)]
    [InlineData(13, 21)]
    [InlineData(17, 13)]
    [InlineData(18, 13)]
    [InlineData(18, 11)]
    [InlineData(21, 11)]
    public void A_graph_in_another_operator_set_computes_the_same(int from, int to)
    {
        var model = Everything(from);
        var proof = GraphProof.Of(model, 1, "test", out var reason);
        Assert.True(proof is not null, reason);
        var changed = model.Clone();
        OpsetConversion.Apply(changed, to, "test");
        Assert.Equal(to, changed.Opset());
        Assert.Equal(0, proof.Difference(changed));
        // and back
        OpsetConversion.Apply(changed, from, "test");
        Assert.Equal(0, proof.Difference(changed));
    }

    [Fact]
    public void A_Swin_of_opset_17_is_written_for_an_old_runtime()
    {
        var model = ForeignGraphs.Swin();
        OpsetConversion.Apply(model, 17, "test");
        var proof = GraphProof.Of(model, 1, "test", out _)!;
        var changed = Pass.Run(model, [.. Optimization.Passes(ExportTarget.Tensorrt8), new DecomposePass()]);
        OpsetConversion.Apply(changed, 11, "test");
        Assert.True(proof.Difference(changed) < 1e-5);
        Assert.Empty(TargetRules.Problems(changed, ExportTarget.Tensorrt8));
    }

    [Fact]
    public void What_the_other_set_cannot_say_is_refused_by_name()
    {
        var graph = new TestGraph(8, opset: 17);
        var model = graph.Output(graph.Add("LayerNormalization", ["image", graph.Constant("w", new Shape(8), graph.Normal(8, 1))], name: "norm"), null, 3, 8, 8);
        var problem = Assert.Throws<StageException>(() => OpsetConversion.Apply(model.Clone(), 13, "model.onnx"));
        Assert.Contains("LayerNormalization norm came with opset 17", problem.Message, StringComparison.Ordinal);
        Assert.Contains("11 to 21", Assert.Single(OpsetConversion.Problems(model, 9)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_softmax_over_several_axes_is_not_written_as_one_over_one()
    {
        var graph = new TestGraph(8, opset: 11);
        var model = graph.Output(graph.Add("Softmax", ["image"], node => node.With("axis", 1), "softmax"), null, 3, 8, 8);
        Assert.Contains("axis 1 of 4", Assert.Single(OpsetConversion.Problems(model, 13)), StringComparison.Ordinal);
    }

    // whatever an operator set between 11 and 21 writes otherwise than another
    private static ModelProto Everything(int opset)
    {
        var graph = new TestGraph(8, opset: opset, freeBatch: false);
        string Axes(string op, string value, Action<NodeProto>? more, bool input, params long[] axes) =>
            input ? graph.Add(op, [value, graph.Longs(axes)], more) : graph.Add(op, [value], node => { node.With("axes", axes); more?.Invoke(node); });
        var value = Axes("Squeeze", Axes("Unsqueeze", "image", null, opset >= 13, 0), null, opset >= 13, 0);
        value = graph.Add("Add", [value, Axes("ReduceSum", value, node => node.With("keepdims", 1), opset >= 13, 1)]);
        value = graph.Add("Add", [value, Axes("ReduceMean", value, node => node.With("keepdims", 1), opset >= 18, 2)]);
        value = graph.Add("Add", [value, Axes("ReduceMax", value, node => node.With("keepdims", 1), opset >= 18, 3)]);
        value = graph.Add("Softmax", [value], node => node.With("axis", 3));
        var split = new NodeProto { OpType = "Split", Name = "split" };
        split.Input.Add(value);
        if (opset >= 18)
            split.With("num_outputs", 2);
        split.With("axis", 3);
        split.Output.Add(["left", "right"]);
        graph.Model.Graph.Node.Add(split);
        value = graph.Add("Concat", ["right", "left"], node => node.With("axis", 3));
        value = graph.Add("Clip", [value, graph.Scalar(0), graph.Scalar(1)]);
        return graph.Output(graph.Add("Pad", [value, graph.Longs(0, 0, 1, 1, 0, 0, 1, 1)]), 1, 3, 10, 10);
    }
}
