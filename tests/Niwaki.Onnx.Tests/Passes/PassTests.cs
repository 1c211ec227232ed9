using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class PassTests
{
    public static TheoryData<string> Passes() => [.. Pass.ForExport.Select(pass => pass.GetType().Name)];

    [Theory]
    [MemberData(nameof(Passes))]
    public void Each_pass_alone_changes_the_graph_and_not_its_function(string name)
    {
        var pass = Pass.ForExport.Single(each => each.GetType().Name == name);
        var architecture = name switch
        {
            nameof(FoldPaddingPass) => new Architecture(new NoBackbone(), new OneOpHead("pad-conv"), 3),
            nameof(FoldConstantsPass) => new Architecture(new NoBackbone(), new OneOpHead("attention-shifted"), 3),
            nameof(FoldScalePass) => new Architecture(new NoBackbone(), new OneOpHead("attention"), 3),
            nameof(FoldBatchNormPass) => new Architecture(new NoBackbone(), new OneOpHead("batch-norm"), 3),
            nameof(MergeTransposesPass) => new Architecture(new NoBackbone(), new OneOpHead("layer-norm-image"), 3),
            nameof(MergeReshapesPass) => new Architecture(new NoBackbone(), new OneOpHead("merge-after-windows"), 3),
            _ => new Architecture(new NoBackbone(), new OneOpHead("prepend-twice"), 3),
        };
        var model = new NetworkGraph { Passes = [] }.Write(architecture, RandomWeights.Of(architecture, 8, 12), 8, 12);
        if (name == nameof(MergeTransposesPass))
            Doubled(model.Graph);
        var shape = new Shape(2, 3, 8, 12);
        var image = RandomWeights.Image(shape);
        var before = Running.Floats(model, image, shape, GraphOptimizationLevel.ORT_DISABLE_ALL);
        var changed = model.Clone();
        Assert.True(pass.Apply(changed) > 0, $"{name} found nothing to do");
        Running.Same([.. before.Select(value => (double)value)], Running.Floats(changed, image, shape, GraphOptimizationLevel.ORT_DISABLE_ALL), 1e-6, name);
        Assert.Equal(0, pass.Apply(changed.Clone()));
    }

    [Fact]
    public void A_batch_norm_stays_where_the_convolution_has_another_reader()
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("batch-norm-shared"), 3);
        var graph = new NetworkGraph().Write(architecture, RandomWeights.Of(architecture, 8, 12), 8, 12).Graph;
        Assert.Single(graph.Node, node => node.OpType == "BatchNormalization");
    }

    [Fact]
    public void Constants_that_would_swell_the_file_are_left_to_the_runtime()
    {
        var architecture = new Architecture(new NoBackbone(), new OneOpHead("attention-shifted"), 3);
        var weights = RandomWeights.Of(architecture, 8, 12);
        int Adds(Pass pass) => new NetworkGraph { Passes = [pass] }.Write(architecture, weights, 8, 12).Graph.Node.Count(node => node.Name == "attn.bias_and_mask");
        Assert.Equal(0, Adds(new FoldConstantsPass()));
        Assert.Equal(1, Adds(new FoldConstantsPass { MaxGrowth = 0 }));
    }

    [Fact]
    public void Dead_nodes_and_constants_go_and_live_ones_stay()
    {
        var model = new ModelProto { Graph = GraphIndexTests.Graph(("Relu", "dead", ["image"]), ("Relu", "out", ["image"]), ("Relu", "deader", ["dead"])) };
        model.Graph.Initializer.Add(TensorValues.Scalar("unused", 1));
        Assert.Equal(3, new DeadNodesPass().Apply(model));
        Assert.Equal("out", Assert.Single(model.Graph.Node).Name);
    }

    // two more transposes behind the last one, so that three follow each other
    private static void Doubled(GraphProto graph)
    {
        var last = graph.Node[^1];
        var output = last.Output[0];
        last.Output[0] = "first";
        graph.Node.Add(new NodeProto { OpType = "Transpose", Name = "second", Input = { "first" }, Output = { "second" } }.With("perm", new[] { 0, 2, 3, 1 }));
        graph.Node.Add(new NodeProto { OpType = "Transpose", Name = "third", Input = { "second" }, Output = { output } }.With("perm", new[] { 0, 1, 3, 2 }));
    }
}
