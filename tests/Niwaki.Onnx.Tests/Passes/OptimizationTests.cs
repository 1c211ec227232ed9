using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class OptimizationTests
{
    [Theory]
    [InlineData("pow")]
    [InlineData("mul")]
    [InlineData("twice")]
    [InlineData("reciprocal")]
    [InlineData("bare")]
    public void A_decomposed_LayerNorm_becomes_one_node(string form)
    {
        var graph = Tokens(17);
        var model = Ended(graph, graph.Norm("tokens", 8, form));
        var changed = Changed(model, new FuseLayerNormPass());
        Assert.Equal(["LayerNormalization"], changed.Graph.Node.Select(node => node.OpType));
        Assert.Equal(1e-5f, changed.Graph.Node[0].Float("epsilon", 0));
    }

    [Fact]
    public void What_only_looks_like_a_LayerNorm_stays()
    {
        var graph = Tokens(17);
        var mean = graph.Add("ReduceMean", ["tokens"], node => node.With("axes", new[] { 1 }));
        var difference = graph.Add("Sub", ["tokens", mean]);
        var square = graph.Add("ReduceMean", [graph.Add("Pow", [difference, graph.Scalar(2)])], node => node.With("axes", new[] { 1 }));
        var model = Ended(graph, graph.Add("Div", [difference, graph.Add("Sqrt", [graph.Add("Add", [square, graph.Scalar(1e-5f)])])]));
        Assert.Equal(0, new FuseLayerNormPass().Apply(model));
    }

    [Theory]
    [InlineData("erf", 17, "Gelu")]
    [InlineData("erf-first-half", 17, "Gelu")]
    [InlineData("erf-inner-half-mul", 17, "Gelu")]
    [InlineData("erf", 20, "Gelu")]
    [InlineData("tanh", 17, "FastGelu")]
    [InlineData("tanh-product", 17, "FastGelu")]
    [InlineData("tanh", 20, "Gelu")]
    public void A_decomposed_Gelu_becomes_one_node(string form, long opset, string type)
    {
        var graph = Tokens(opset);
        var changed = Changed(Ended(graph, graph.Activation("tokens", form)), new FuseGeluPass());
        var node = Assert.Single(changed.Graph.Node);
        Assert.Equal(type, node.OpType);
        Assert.Equal(opset < 20 ? "com.microsoft" : string.Empty, node.Domain);
        Assert.Equal(opset >= 20 && form == "tanh" ? "tanh" : "none", node.Text("approximate", "none"));
    }

    [Fact]
    public void A_Gelu_with_a_wrong_factor_stays()
    {
        var graph = Tokens(17);
        var erf = graph.Add("Erf", [graph.Add("Div", ["tokens", graph.Scalar(1.5f)])]);
        var model = Ended(graph, graph.Add("Mul", [graph.Add("Mul", ["tokens", graph.Add("Add", [erf, graph.Scalar(1)])]), graph.Scalar(0.5f)]));
        Assert.Equal(0, new FuseGeluPass().Apply(model));
    }

    [Fact]
    public void Without_operators_of_its_own_a_Gelu_needs_opset_20()
    {
        var graph = Tokens(17);
        var model = Ended(graph, graph.Activation("tokens", "erf"));
        Assert.Contains("opset 20", new FuseGeluPass { Contrib = false }.Require(model), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hard-swish")]
    [InlineData("hard-swish-mul")]
    public void A_decomposed_HardSwish_becomes_two_nodes(string form)
    {
        var graph = Tokens(17);
        var changed = Changed(Ended(graph, graph.Activation("tokens", form)), new FuseHardSwishPass());
        Assert.Equal(["HardSigmoid", "Mul"], changed.Graph.Node.Select(node => node.OpType));
    }

    [Theory]
    [InlineData("LayerNormalization", 17)]
    [InlineData("Gelu", 20)]
    [InlineData("FastGelu", 17)]
    [InlineData("QuickGelu", 17)]
    [InlineData("HardSwish", 17)]
    [InlineData("Mish", 18)]
    public void New_operators_can_be_written_in_basic_ones(string type, long opset)
    {
        var graph = Tokens(opset);
        var isOwn = type is "FastGelu" or "QuickGelu";
        string[] inputs = type == "LayerNormalization" ? ["tokens", graph.Constant("w", new Shape(8), graph.Normal(8, 1)), graph.Constant("b", new Shape(8), graph.Normal(8, 1))] : ["tokens"];
        var model = Ended(graph, graph.Add(type, inputs, node => node.Domain = isOwn ? "com.microsoft" : string.Empty));
        if (isOwn)
            model.Import("com.microsoft", 1);
        var changed = Changed(model, new DecomposePass());
        Assert.DoesNotContain(changed.Graph.Node, node => DecomposePass.Knows(node));
        Assert.DoesNotContain(changed.OpsetImport, import => import.Domain == "com.microsoft");
    }

    [Fact]
    public void Nodes_that_change_nothing_go()
    {
        var graph = Tokens(17);
        var value = graph.Add("Identity", ["tokens"]);
        value = graph.Add("Dropout", [value]);
        value = graph.Add("Cast", [graph.Add("Cast", [value], node => node.With("to", (int)TensorProto.Types.DataType.Double))], node => node.With("to", (int)TensorProto.Types.DataType.Float));
        value = graph.Add("Add", [graph.Add("Mul", [value, graph.Scalar(1)]), graph.Scalar(0)]);
        value = graph.Transpose(graph.Reshape(value, 2, 4, 8), 0, 1, 2);
        value = graph.Add("Slice", [value, graph.Longs(0), graph.Longs(long.MaxValue), graph.Longs(1)]);
        var changed = Changed(Ended(graph, graph.Relu(value)), new RemoveIdentityPass());
        Assert.Equal(["Relu"], changed.Graph.Node.Select(node => node.OpType));
    }

    [Fact]
    public void A_cast_to_fewer_bits_and_back_stays()
    {
        var graph = Tokens(17);
        var half = graph.Add("Cast", ["tokens"], node => node.With("to", (int)TensorProto.Types.DataType.Float16));
        Assert.Equal(0, new RemoveIdentityPass().Apply(Ended(graph, graph.Add("Cast", [half], node => node.With("to", (int)TensorProto.Types.DataType.Float)))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Traced_sizes_become_constants(bool freeBatch)
    {
        var model = ForeignGraphs.Swin(freeBatch);
        // a trace with an open batch multiplies its sizes with it
        var changed = Changed(model, new FoldShapesPass());
        Assert.DoesNotContain(changed.Graph.Node, node => node.OpType is "Shape" or "Unsqueeze" || node.OpType == "Concat" && node.Input.Count > 4);
        Assert.Equal(0, new FoldShapesPass().Apply(changed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_traced_Swin_becomes_what_one_would_write_by_hand(bool freeBatch)
    {
        var model = ForeignGraphs.Swin(freeBatch);
        OpsetConversion.Apply(model, 17, "test");
        var proof = GraphProof.Of(model, 1, "test", out _)!;
        var run = new PassRun(proof);
        var changed = run.Apply(model, Optimization.Passes(ExportTarget.Onnxruntime));
        Assert.All(run.Outcomes, outcome => Assert.Null(outcome.Undone));
        Assert.True(proof.Difference(changed) < 1e-5);
        int Count(string type) => changed.Graph.Node.Count(node => node.OpType == type);
        Assert.Equal((6, 2, 2, 0, 0, 0, 0), (Count("LayerNormalization"), Count("Gelu"), Count("Softmax"), Count("Slice"), Count("Concat"), Count("Shape"), Count("Dropout")));
        // two products of q, k and v each by itself; scores, mixture, and the four of the block
        Assert.Equal(2 * 8 + 1, Count("MatMul"));
        // the shift and its return are one gather each; merged patches are one transpose
        Assert.Equal(2, Count("Gather"));
        if (!freeBatch)
            Assert.Contains(run.Outcomes, outcome => outcome.Pass == "merge-additions");
        Assert.Contains(run.Outcomes, outcome => outcome.Pass == "deepen-mask");
        Assert.DoesNotContain(changed.Graph.Node, node => node.OpType == "Mul");
    }

    [Fact]
    public void Attention_becomes_one_node_where_that_is_asked_for()
    {
        var model = ForeignGraphs.Swin();
        OpsetConversion.Apply(model, 17, "test");
        var ready = Pass.Run(model, Optimization.Passes(ExportTarget.Onnxruntime));
        var changed = Changed(ready, new FuseAttentionPass());
        Assert.Equal(2, changed.Graph.Node.Count(node => node.OpType == "MultiHeadAttention"));
        Assert.DoesNotContain(changed.Graph.Node, node => node.OpType == "Softmax");
        var gemm = Changed(ready, new LinearAsGemmPass());
        Assert.Equal(13, gemm.Graph.Node.Count(node => node.OpType == "Gemm"));
    }

    [Fact]
    public void A_pass_that_changes_the_function_is_taken_back()
    {
        var graph = Tokens(17);
        var model = Ended(graph, graph.Relu("tokens"));
        var run = new PassRun(GraphProof.Of(model, 1, "test", out _));
        var same = run.Apply(model, [new WrongPass()]);
        Assert.Same(model, same);
        Assert.Contains("differs by", Assert.Single(run.Outcomes).Undone, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_pass_that_cannot_be_proved_is_taken_back()
    {
        var graph = Tokens(17);
        var model = Ended(graph, graph.Relu(graph.Add("Identity", [graph.Transpose(graph.Transpose("tokens", 0, 2, 1), 0, 2, 1)])));
        var run = new PassRun(GraphProof.Of(model, 1, "test", out _));
        var changed = run.Apply(model, [new MergeTransposesPass(), new WrongPass(), new RemoveIdentityPass()]);
        Assert.Equal(["Relu"], changed.Graph.Node.Select(node => node.OpType));
        Assert.Equal([("merge-transposes", true), ("wrong", false), ("remove-identity", true)], run.Outcomes.Select(outcome => (outcome.Pass, outcome.Undone is null)));
    }

    [Theory]
    [InlineData(11, "MatMul")]
    [InlineData(17, "MatMul")]
    [InlineData(17, "Gemm")]
    public void Products_of_the_same_rows_become_one(long opset, string type)
    {
        var graph = Tokens(opset);
        var rows = type == "Gemm" ? graph.Reshape("tokens", 8, 8) : "tokens";
        var made = 0;
        string Product(int width, bool isAdded)
        {
            var weight = graph.Constant($"w{++made}", new Shape(8, width), graph.Normal(8 * width, 1));
            var bias = isAdded ? graph.Constant($"b{made}", new Shape(width), graph.Normal(width, 1)) : null;
            if (type == "Gemm")
                return graph.Add(type, bias is null ? [rows, weight] : [rows, weight, bias]);
            var product = graph.Add(type, [rows, weight]);
            return bias is null ? product : graph.Add("Add", [bias, product]);
        }

        // queries and keys of one width, of which one has a bias; values; and one that reads something else
        var (queries, keys, values) = (Product(8, true), Product(8, false), Product(16, true));
        rows = values;
        var other = graph.Add(type, [values, graph.Constant("w", new Shape(16, 8), graph.Normal(128, 1))]);
        var sum = graph.Add("Add", [graph.Add("Mul", [queries, graph.Relu(keys)]), other]);
        var changed = Changed(Ended(graph, graph.Reshape(sum, 2, 4, 8)), new MergeProjectionsPass());
        Assert.Equal((2, 1), (changed.Graph.Node.Count(node => node.OpType == type), changed.Graph.Node.Count(node => node.OpType == "Split")));
        Assert.Equal(0, new MergeProjectionsPass().Apply(changed));
    }

    [Fact]
    public void Weights_that_are_not_finite_are_no_reason_to_take_a_pass_back()
    {
        var graph = Tokens(17);
        var value = graph.Add("Add", [graph.Add("Identity", ["tokens"]), graph.Constant("odd", new Shape(8), [float.NaN, float.PositiveInfinity, 1, 2, 3, 4, 5, 6])]);
        var changed = Changed(Ended(graph, value), new RemoveIdentityPass());
        Assert.Single(changed.Graph.Node);
    }

    private sealed record WrongPass : Pass
    {
        public override int Apply(ModelProto model)
        {
            model.Graph.Node.First(node => node.OpType == "Relu").OpType = "Sigmoid";
            return 1;
        }
    }

    private static ModelProto Changed(ModelProto model, Pass pass)
    {
        var proof = GraphProof.Of(model, 3, "test", out var reason);
        Assert.True(proof is not null, reason);
        var changed = model.Clone();
        Assert.Null(pass.Require(changed));
        Assert.True(pass.Apply(changed) > 0, $"{pass.Name} found nothing to do");
        Assert.Null(pass.Ensure(changed, proof));
        return changed;
    }

    private static TestGraph Tokens(long opset)
    {
        var graph = new TestGraph(4, opset: opset);
        graph.Model.Graph.Input.Clear();
        graph.Model.Graph.Input.Add(TestGraph.Value("tokens", 2, 4, 8));
        return graph;
    }

    private static ModelProto Ended(TestGraph graph, string value) => graph.Output(value, 2, 4, 8);
}
