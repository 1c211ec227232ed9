using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Operators that the engine does not have stay as they are; what is in front of them is worked on.</summary>
public sealed class KnownPartTests
{
    [Fact]
    public void A_graph_of_known_operators_is_not_cut() => Assert.Null(KnownPart.Of(TestGraph.Cnn(), "test"));

    [Fact]
    public void What_is_in_front_is_quantized_and_the_rest_comes_back_as_it_was()
    {
        var model = Unknown(TestGraph.Cnn(), "deep_out");
        var part = KnownPart.Of(model, "test")!;
        Assert.False(part.HasResults);
        Assert.Equal("my.domain.Magic", part.Names);
        Assert.Contains(part.Model.Graph.Output, output => output.Name == "deep_out");
        var quantization = Quantization.Of(part.Model, new Quantize { Images = 2 }, TestGraph.Pictures(2, 32), "test", false);
        var joined = part.Joined(quantization.Model);
        Assert.Equal(model.Graph.Output, joined.Graph.Output);
        foreach (var node in part.Tail)
            Assert.Contains(node, joined.Graph.Node);
        Assert.Contains(joined.Graph.Node, node => node.OpType == "QuantizeLinear");
        Assert.Contains(joined.Graph.Initializer, tensor => tensor.Name == "classifier.weight" && tensor.Type() == TensorProto.Types.DataType.Float);
        Assert.Contains(joined.OpsetImport, import => import.Domain == "my.domain");
        var values = joined.Graph.Node.SelectMany(node => node.Output).Concat(joined.Graph.Initializer.Select(tensor => tensor.Name)).Concat(joined.Graph.Input.Select(input => input.Name)).ToArray();
        Assert.Equal(values.Length, values.Distinct().Count());
        Assert.All(joined.Graph.Node.SelectMany(GraphIndex.Reads), read => Assert.Contains(read, values));
        var report = quantization.Report(2, false, part);
        Assert.Contains(report.Nodes, node => node.Op == "Magic" && !node.Int8 && node.Reason.Contains("kept as it is", StringComparison.Ordinal));
        Assert.Contains(report.Nodes, node => node.Node == "classifier" && node.Reason.Contains("behind my.domain.Magic", StringComparison.Ordinal));
        Assert.Contains(report.Nodes, node => node.Node == "expand" && node.Int8);
    }

    [Fact]
    public void Names_that_the_quantizer_makes_give_way_to_those_of_the_rest()
    {
        // as the quantizer names its own
        var model = Unknown(TestGraph.Cnn(), "deep_out", "d1");
        foreach (var reader in new GraphIndex(model.Graph).Consumers("fuse.weight").ToArray())
            reader.ReplaceInput("fuse.weight", "s2");
        model.Graph.Initializer.Single(tensor => tensor.Name == "fuse.weight").Name = "s2";
        var part = KnownPart.Of(model, "test")!;
        var joined = part.Joined(Quantization.Of(part.Model, new Quantize { Images = 2 }, TestGraph.Pictures(2, 32), "test", false).Model);
        Assert.Equal("Magic", joined.Graph.Node.Single(node => node.Output.Contains("d1")).OpType);
        Assert.Equal(model.Graph.Initializer.Single(tensor => tensor.Name == "s2"), joined.Graph.Initializer.Single(tensor => tensor.Name == "s2"));
        // the part still computes
        Assert.Null(GraphProof.Of(KnownPart.Of(joined, "test")!.Model, 1, "test", out var reason) is null ? reason : null);
    }

    [Fact]
    public void Results_beside_it_can_be_judged_and_nothing_in_front_of_it_is_refused()
    {
        var model = Unknown(TestGraph.Cnn(), "deep_out");
        model.Graph.Output.Add(TestGraph.Value("stem_out", null, 16, 16, 16));
        Assert.True(KnownPart.Of(model, "test")!.HasResults);
        var first = TestGraph.Cnn();
        foreach (var reader in new GraphIndex(first.Graph).Consumers("image").ToArray())
            reader.ReplaceInput("image", "read");
        first.Graph.Node.Insert(0, new NodeProto { OpType = "Magic", Domain = "my.domain", Name = "magic", Input = { "image" }, Output = { "read" } });
        Assert.Contains("my.domain.Magic, and nothing in front of it", Assert.Throws<StageException>(() => KnownPart.Of(first, "test")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rest_follows_into_another_operator_set()
    {
        var graph = new TestGraph(16, opset: 11);
        var odd = graph.Add("Magic", [graph.Relu(graph.Conv("image", 3, 8, 3))], node => node.Domain = "my.domain");
        var model = graph.Output(graph.Add("Squeeze", [odd], node => node.With("axes", new[] { 0 })), 8, 16, 16);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "my.domain", Version = 1 });
        var part = KnownPart.Of(model, "test")!;
        var lifted = part.Model.Clone();
        OpsetConversion.Apply(lifted, 17, "test");
        var joined = part.Joined(lifted);
        Assert.Equal(17, joined.Opset());
        Assert.Equal(2, joined.Graph.Node.Single(node => node.OpType == "Squeeze").Input.Count);
    }

    private static ModelProto Unknown(ModelProto model, string behind, string name = "odd")
    {
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "my.domain", Version = 1 });
        foreach (var reader in new GraphIndex(model.Graph).Consumers(behind).ToArray())
            reader.ReplaceInput(behind, name);
        var at = model.Graph.Node.IndexOf(model.Graph.Node.Single(node => node.Output.Contains(behind)));
        model.Graph.Node.Insert(at + 1, new NodeProto { OpType = "Magic", Domain = "my.domain", Name = "magic", Input = { behind }, Output = { name } });
        return model;
    }
}
