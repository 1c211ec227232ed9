using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Passes that spare rows, reshapes and transposes.</summary>
public sealed class RowPassTests
{
    [Fact]
    public void Windows_in_another_order_need_no_transposes_of_queries_keys_and_values()
    {
        var model = ForeignGraphs.Swin();
        OpsetConversion.Apply(model, 17, "test");
        var ready = Pass.Run(model, Optimization.Passes(ExportTarget.Onnxruntime));
        var proof = GraphProof.Of(ready, 1, "test", out _)!;
        var changed = ready.Clone();
        Assert.Equal(2, new WindowOrderPass().Apply(changed));
        Assert.Null(proof.Refute(changed));
        Assert.True(proof.Difference(changed) < 1e-5);
        // the engine's product reads what is turned so
        var index = new GraphIndex(changed.Graph);
        foreach (var product in changed.Graph.Node.Where(node => node.OpType == "MatMul" && index.Constant(node.Input[1]) is null))
            Assert.Equal(1, index.Producer(product.Input[1])!.Ints("perm")![0]);
        Assert.Equal(0, new WindowOrderPass().Apply(changed.Clone()));
    }

    [Fact]
    public void Windows_of_an_open_number_of_pictures_stay_in_their_order()
    {
        var model = ForeignGraphs.Swin(freeBatch: true);
        OpsetConversion.Apply(model, 17, "test");
        Assert.Equal(0, new WindowOrderPass().Apply(Pass.Run(model, Optimization.Passes(ExportTarget.Onnxruntime))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Norms_activations_and_residuals_work_on_the_rows_of_a_gemm(bool freeBatch)
    {
        var model = freeBatch ? TestGraph.Transformer() : Fixed(TestGraph.Transformer());
        var ready = Pass.Run(model, Optimization.Passes(ExportTarget.Portable));
        LinearAsGemm.Apply(ready.Graph, GraphShapes.Of(ready), new Macs(0));
        ready = Pass.Run(ready, [new MergeReshapesPass(), new DeadNodesPass()]);
        var proof = GraphProof.Of(ready, 1, "test", out _)!;
        var changed = ready.Clone();
        Assert.True(new FlattenRowsPass().Apply(changed) > 0);
        Assert.Null(proof.Refute(changed));
        int Reshapes(ModelProto each) => each.Graph.Node.Count(node => node.OpType == "Reshape");
        Assert.True(Reshapes(changed) <= Reshapes(ready) - 8, $"{Reshapes(ready)} reshapes became {Reshapes(changed)}");
        var layouts = GraphShapes.Of(changed);
        Assert.All(changed.Graph.Node.Where(node => node.OpType is "Erf" or "LayerNormalization").Skip(1), node => Assert.Equal(2, layouts[node.Output[0]].Dimensions.Length));
    }

    [Fact]
    public void Keys_are_split_into_heads_before_they_are_turned()
    {
        var graph = new TestGraph(4, freeBatch: false);
        var rows = graph.Reshape(graph.Conv("image", 3, 16, 1), 16, 16);
        var product = graph.Add("Gemm", [rows, graph.Constant("w", new Shape(16, 16), graph.Normal(256, 1))]);
        var model = graph.Output(graph.Relu(graph.Reshape(graph.Transpose(product, 1, 0), 4, 4, 16)), 4, 4, 16);
        var proof = GraphProof.Of(model, 1, "test", out _)!;
        Assert.Equal(1, new SplitBeforeTurningPass().Apply(model));
        Assert.Null(proof.Refute(model));
        Assert.Equal([1L, 2, 0], model.Graph.Node.Single(node => node.OpType == "Transpose").Ints("perm")!);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Where_one_token_is_read_the_last_block_computes_one(int place)
    {
        var model = Classifier(place);
        var ready = Pass.Run(model, Optimization.Passes(ExportTarget.Portable).TakeWhile(pass => pass is not NarrowRowsPass));
        var proof = GraphProof.Of(ready, 1, "test", out _)!;
        var changed = ready.Clone();
        Assert.True(new NarrowRowsPass().Apply(changed) > 0);
        Assert.Null(proof.Refute(changed));
        var layouts = GraphShapes.Of(changed);
        // the last block's queries, projection and MLP; keys and values need all tokens
        int[] rows = [.. changed.Graph.Node.Where(node => node.OpType == "MatMul" && new GraphIndex(changed.Graph).Constant(node.Input[1]) is not null).Select(node => layouts[node.Output[0]].Dimensions is [_, var tokens, _] ? tokens : 1)];
        // and the head
        Assert.Equal(5, rows.Count(count => count == 1));
        Assert.Equal(0, new NarrowRowsPass().Apply(changed.Clone()));
    }

    [Fact]
    public void Where_the_tokens_are_read_elsewhere_too_all_are_computed()
    {
        var model = Classifier(0);
        var norm = model.Graph.Node.Last(node => node.OpType == "LayerNormalization");
        model.Graph.Output.Add(TestGraph.Value(norm.Output[0], 1, 64, 32));
        Assert.Equal(0, new NarrowRowsPass().Apply(model));
    }

    [Fact]
    public void What_is_computed_twice_is_computed_once()
    {
        var graph = new TestGraph(8, freeBatch: false);
        var (one, two, other) = (graph.Reshape("image", 3, 64), graph.Reshape("image", 3, 64), graph.Reshape("image", 64, 3));
        var model = graph.Output(graph.Add("Add", [graph.Add("MatMul", [graph.Relu(one), other]), graph.Add("MatMul", [graph.Relu(two), other])]), 3, 3);
        var proof = GraphProof.Of(model, 1, "test", out _)!;
        Assert.Equal(3, new MergeTwinsPass().Apply(model));
        Assert.Null(proof.Refute(model));
        Assert.Equal(["Reshape", "Reshape", "Relu", "MatMul", "Add"], model.Graph.Node.Select(node => node.OpType).OrderBy(type => Array.IndexOf(["Reshape", "Relu", "MatMul", "Add"], type)));
    }

    private static ModelProto Fixed(ModelProto model)
    {
        Optimization.Fix(model, 1, "test");
        return model;
    }

    private static ModelProto Classifier(int place)
    {
        var graph = new TestGraph(32, freeBatch: false);
        var tokens = graph.Transpose(graph.Reshape(graph.Conv("image", 3, 32, 4, 4, name: "patches"), 1, 32, 64), 0, 2, 1);
        for (var i = 0; i < 2; i++)
            tokens = graph.Block(tokens, 64, 32, 4);
        graph.Model.Graph.Initializer.Add(TensorValues.Of("place", new Shape(), [(long)place]));
        var token = graph.Add("Gather", [graph.LayerNorm(tokens, 32), "place"], node => node.With("axis", 1));
        return graph.Output(graph.Linear(token, 32, 5, name: "head"), 1, 5);
    }
}
