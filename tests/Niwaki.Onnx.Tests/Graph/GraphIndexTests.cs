using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class GraphIndexTests
{
    [Fact]
    public void It_knows_who_makes_and_who_reads_a_value()
    {
        var graph = Graph(("Relu", "a", ["image"]), ("Relu", "b", ["a"]), ("Add", "c", ["a", "a"]), ("Add", "out", ["b", "c"]));
        var index = new GraphIndex(graph);
        Assert.Equal("a", index.Producer("a")!.Name);
        Assert.Null(index.Producer("image"));
        Assert.Equal(["b", "c"], index.Consumers("a").Select(node => node.Name));
        Assert.Null(index.OnlyConsumer("a"));
        Assert.Equal("out", index.OnlyConsumer("b")!.Name);
        Assert.Null(index.OnlyConsumer("out"));
        Assert.True(index.IsOutput("out"));
    }

    [Fact]
    public void Fresh_names_never_meet_one_that_is_there()
    {
        var index = new GraphIndex(Graph(("Relu", "a", ["image"]), ("Relu", "a_1", ["a"]), ("Relu", "out", ["a_1"])));
        Assert.Equal("a_2", index.Fresh("a"));
        Assert.Equal("a_3", index.Fresh("a"));
        Assert.Equal("new", index.Fresh("new"));
    }

    [Fact]
    public void Nodes_are_sorted_so_that_values_are_made_before_they_are_read()
    {
        var index = new GraphIndex(Graph(("Add", "out", ["b", "c"]), ("Relu", "c", ["a"]), ("Relu", "b", ["a"]), ("Relu", "a", ["image"])));
        Assert.Equal(["a", "c", "b", "out"], index.TopologicalOrder().Select(node => node.Name));
    }

    [Fact]
    public void A_cycle_is_named()
    {
        var index = new GraphIndex(Graph(("Add", "a", ["image", "b"]), ("Relu", "b", ["a"]), ("Relu", "out", ["b"])));
        Assert.Contains("cycle", Assert.Throws<StageException>(index.TopologicalOrder).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_nested_graph_reads_is_read_by_its_node()
    {
        var graph = Graph(("Relu", "a", ["image"]), ("If", "out", ["image"]));
        var nested = new AttributeProto { Name = "then_branch", G = new GraphProto { Node = { new NodeProto { OpType = "Relu", Input = { "a" }, Output = { "inner" } } } } };
        graph.Node[1].Attribute.Add(nested);
        Assert.Equal("out", Assert.Single(new GraphIndex(graph).Consumers("a")).Name);
    }

    internal static GraphProto Graph(params (string Type, string Name, string[] Inputs)[] nodes)
    {
        var graph = new GraphProto { Input = { new ValueInfoProto { Name = "image" } }, Output = { new ValueInfoProto { Name = "out" } } };
        graph.Node.AddRange(nodes.Select(node => new NodeProto { OpType = node.Type, Name = node.Name, Input = { node.Inputs }, Output = { node.Name } }));
        return graph;
    }
}
