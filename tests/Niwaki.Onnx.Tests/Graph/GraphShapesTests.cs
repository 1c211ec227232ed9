using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class GraphShapesTests
{
    [Fact]
    public void Shapes_without_running_are_those_of_running()
    {
        var model = TestGraph.Transformer();
        var inferred = GraphShapes.Of(model);
        var run = GraphProbe.Layouts(model, [.. model.Graph.Node.SelectMany(node => node.Output)], "test");
        Assert.All(run, each =>
        {
            Assert.True(inferred.TryGetValue(each.Key, out var layout), $"{each.Key} is not known");
            Assert.Equal(each.Value.Dimensions, layout!.Dimensions);
            Assert.Equal(each.Value.Varies, layout.Varies);
            Assert.Equal(each.Value.IsFloat, layout.IsFloat);
        });
    }

    [Fact]
    public void A_graph_that_the_engine_cannot_load_has_no_shapes()
    {
        var graph = new TestGraph(8);
        var model = graph.Output(graph.Add("Mystery", ["image"]), null, 3, 8, 8);
        Assert.Empty(GraphShapes.Of(model));
    }

    [Fact]
    public void A_value_whose_size_depends_on_numbers_is_left_out()
    {
        var graph = new TestGraph(8);
        var places = graph.Add("NonZero", [graph.Relu("image")]);
        graph.Output(places, 4, null);
        graph.Model.Graph.Output[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        var shapes = GraphShapes.Of(graph.Model);
        Assert.DoesNotContain(places, shapes.Keys);
        Assert.Contains("image", shapes.Keys);
    }
}
