using Google.Protobuf;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

/// <summary>Files as other frameworks write them: each is taken, and computes what it did.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private const int Size = 32;
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    private OnnxModel Adopted(ModelProto model, Func<Adopt, Adopt>? with = null)
    {
        OnnxFile.Write(folder["foreign.onnx"], model);
        return (OnnxModel)(with ?? (adopt => adopt))(new Adopt(folder["foreign.onnx"])).Apply(Nothing.Value, folder.Context(folder["model.partial"]), folder["model"]);
    }

    private static ModelProto Graph(OnnxModel model) => OnnxFile.Read(model.PathOf(OnnxModel.GraphFile));

    private static void Same(ModelProto expected, ModelProto actual)
    {
        var proof = GraphProof.Of(expected, 3, "test", out var reason);
        Assert.Null(reason);
        Assert.Null(proof!.Within(1e-6).Refute(actual));
    }

    [Fact]
    public void Functions_of_the_file_become_the_nodes_inside_of_them()
    {
        var model = TestGraph.Cnn(Size);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "own", Version = 1 });
        var slope = new AttributeProto { Name = "alpha", RefAttrName = "slope", Type = AttributeProto.Types.AttributeType.Float };
        var leaky = Function("Leaky", [new NodeProto { OpType = "LeakyRelu", Name = "inner", Input = { "a" }, Output = { "t" }, Attribute = { slope } }, new NodeProto { OpType = "Identity", Input = { "t" }, Output = { "o" } }]);
        leaky.Attribute.Add("slope");
        var twice = Function("Twice", [new NodeProto { OpType = "Leaky", Domain = "own", Input = { "a" }, Output = { "t" } }.With("slope", 0.25f), new NodeProto { OpType = "Leaky", Domain = "own", Input = { "t" }, Output = { "o" } }.With("slope", 0.5f)]);
        model.Functions.Add([leaky, twice]);
        foreach (var (relu, i) in model.Graph.Node.Where(node => node.OpType == "Relu").Select((node, i) => (node, i)))
        {
            (relu.OpType, relu.Domain) = (i % 2 == 0 ? "Twice" : "Leaky", "own");
            if (i % 2 == 1)
                relu.With("slope", 0.1f);
        }

        var graph = Graph(Adopted(model));
        Assert.Empty(graph.Functions);
        Assert.All(graph.Graph.Node, node => Assert.Equal(string.Empty, node.Domain));
        Assert.DoesNotContain(graph.OpsetImport, import => import.Domain == "own");
        Assert.Equal(graph.Graph.Node.Count, graph.Graph.Node.Select(node => node.Name.Length > 0 ? node.Name : node.Output[0]).Distinct().Count());
        Same(model, graph);
    }

    [Fact]
    public void A_function_that_calls_itself_is_refused()
    {
        var model = TestGraph.Cnn(Size);
        model.Functions.Add(Function("Again", [new NodeProto { OpType = "Again", Domain = "own", Input = { "a" }, Output = { "o" } }]));
        var relu = model.Graph.Node.First(node => node.OpType == "Relu");
        (relu.OpType, relu.Domain) = ("Again", "own");
        Assert.Contains("own.Again", Assert.Throws<StageException>(() => Adopted(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sparse_constants_are_written_out_and_a_value_outside_is_refused()
    {
        var model = TestGraph.Cnn(Size);
        var dense = model.Graph.Initializer.Single(tensor => tensor.Name == "project.weight");
        var values = dense.Floats();
        for (var i = 0; i < values.Length; i++)
            values[i] = i % 5 == 0 ? values[i] : 0;
        model.Graph.SetInitializer(TensorValues.Of(dense.Name, dense.Shape(), values));
        var sparse = model.Clone();
        sparse.Graph.Initializer.Remove(sparse.Graph.Initializer.Single(tensor => tensor.Name == "project.weight"));
        long[] places = [.. Enumerable.Range(0, values.Length).Where(i => values[i] != 0).Select(i => (long)i)];
        sparse.Graph.SparseInitializer.Add(new SparseTensorProto { Values = TensorValues.Of(dense.Name, new Shape(places.Length), [.. places.Select(place => values[place])]), Indices = TensorValues.List("places", places), Dims = { dense.Dims } });
        var graph = Graph(Adopted(sparse));
        Assert.Empty(graph.Graph.SparseInitializer);
        Assert.Equal(values, graph.Graph.Initializer.Single(tensor => tensor.Name == "project.weight").Floats());

        places[^1] = values.Length;
        sparse.Graph.SparseInitializer[0].Indices = TensorValues.List("places", places);
        Assert.Contains("outside of it", Assert.Throws<StageException>(() => Adopted(sparse)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_of_one_name_get_names_of_their_own_and_constants_of_one_name_are_refused()
    {
        var model = TestGraph.Cnn(Size);
        foreach (var node in model.Graph.Node)
            node.Name = "same";
        var graph = Graph(Adopted(model));
        Assert.Equal(graph.Graph.Node.Count, graph.Graph.Node.Select(node => node.Name).Distinct().Count());
        model.Graph.Initializer.Add(model.Graph.Initializer[0].Clone());
        Assert.Contains("2 constants of the name", Assert.Throws<StageException>(() => Adopted(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nodes_that_come_before_what_they_read_are_sorted_and_a_cycle_is_refused()
    {
        var model = TestGraph.Cnn(Size);
        var order = model.Graph.Node.ToArray();
        var turned = model.Clone();
        turned.Graph.Node.Clear();
        turned.Graph.Node.Add(order.Reverse());
        var graph = Graph(Adopted(turned));
        var made = graph.Graph.Input.Select(input => input.Name).Concat(graph.Graph.Initializer.Select(tensor => tensor.Name)).ToHashSet();
        foreach (var node in graph.Graph.Node)
        {
            Assert.All(GraphIndex.Reads(node), read => Assert.Contains(read, made));
            made.UnionWith(node.Output);
        }

        Same(model, graph);
        model.Graph.Node[0].Input[0] = model.Graph.Node[2].Output[0];
        Assert.Contains("has a cycle", Assert.Throws<StageException>(() => Adopted(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Double")]
    [InlineData("Bfloat16")]
    public void Floats_that_the_engine_does_not_multiply_become_32_bits(string name)
    {
        var type = Enum.Parse<DataType>(name);
        var model = TestGraph.Cnn(Size);
        for (var i = 0; i < model.Graph.Initializer.Count; i++)
        {
            if (model.Graph.Initializer[i].Type() == DataType.Float && !model.Graph.Initializer[i].Name.StartsWith("scales", StringComparison.Ordinal))
                model.Graph.Initializer[i] = As(model.Graph.Initializer[i], type);
        }

        model.Graph.Input[0].Type.TensorType.ElemType = model.Graph.Output[0].Type.TensorType.ElemType = (int)type;
        var graph = Graph(Adopted(model));
        Assert.All(graph.Graph.Initializer, tensor => Assert.NotEqual(type, tensor.Type()));
        Assert.Equal((int)DataType.Float, graph.Graph.Input[0].Type.TensorType.ElemType);
        if (type == DataType.Double)
            Same(TestGraph.Cnn(Size), graph);
    }

    [Fact]
    public void Pictures_and_scores_with_the_channels_last_are_turned()
    {
        var expected = TestGraph.Cnn(Size);
        var model = Last(expected.Clone());
        expected.Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { expected.Graph.Output[0].Name }, Output = { "last" } });
        expected.Graph.Output[0].Name = "last";
        var graph = Graph(Adopted(model));
        Assert.Equal([3L, Size, Size], graph.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(1).Select(size => size.DimValue));
        Assert.Equal([5L, Size / 2, Size / 2], graph.Graph.Output[0].Type.TensorType.Shape.Dim.Skip(1).Select(size => size.DimValue));
        Same(expected, graph);
        Assert.Contains(folder.Said, line => line.Contains("had the channels last", StringComparison.Ordinal));
    }

    [Fact]
    public void Labels_behind_scores_with_the_channels_last_tell_their_classes()
    {
        var model = Last(TestGraph.Cnn(Size));
        model.Graph.Node.Add(new NodeProto { OpType = "ArgMax", Name = "best", Input = { model.Graph.Output[0].Name }, Output = { "labels" } }.With("axis", 3).With("keepdims", 1));
        model.Graph.Output[0] = TestGraph.Value("labels", null, Size / 2, Size / 2, 1);
        model.Graph.Output[0].Type.TensorType.ElemType = (int)DataType.Int64;
        var adopted = Adopted(model);
        Assert.Equal(5, adopted.Classes(TestFolder.Vocabulary).Count);
        using var segmenter = new OnnxEngine().Open(adopted, TestFolder.Vocabulary, 1);
        Assert.Equal((Size / 2, Size / 2), (segmenter.Run(new float[3 * Size * Size]).Height, segmenter.Run(new float[3 * Size * Size]).Width));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whole_numbers_are_taken_as_floats_from_0_to_255(bool converts)
    {
        var model = TestGraph.Cnn(Size);
        var index = new GraphIndex(model.Graph);
        foreach (var reader in index.Consumers("image").ToArray())
            reader.ReplaceInput("image", "scaled");
        model.Graph.Initializer.Add(TensorValues.Scalar("by", 1 / 255f));
        var value = "image";
        if (!converts)
        {
            model.Graph.Node.Insert(0, new NodeProto { OpType = "Max", Name = "most", Input = { "image" }, Output = { "most" } });
            value = "most";
        }

        model.Graph.Node.Add([new NodeProto { OpType = "Cast", Name = "wide", Input = { value }, Output = { "wide" } }.With("to", (long)DataType.Float), new NodeProto { OpType = "Mul", Name = "scale", Input = { "wide", "by" }, Output = { "scaled" } }]);
        new DeadNodesPass().Apply(model);
        model.Graph.Input[0].Type.TensorType.ElemType = (int)DataType.Uint8;
        var adopted = Adopted(model);
        var preprocess = adopted.Preprocess(TestFolder.Vocabulary);
        Assert.Equal((0, 1 / 255f), (preprocess.Mean[0], preprocess.Std[0]));
        using var segmenter = new OnnxEngine().Open(adopted, TestFolder.Vocabulary, 1);
        var byBytes = segmenter.Run([.. Enumerable.Range(0, 3 * Size * Size).Select(i => (i % 256) + (converts ? 0 : 0.001f))]).Scores;
        OnnxFile.Write(folder["plain.onnx"], TestGraph.Cnn(Size));
        using var plain = new OnnxSegmenter(folder["plain.onnx"], Size, Size, 5, new OrtRuntime());
        var expected = plain.Run([.. Enumerable.Range(0, 3 * Size * Size).Select(i => i % 256 / 255f)]).Scores;
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], byBytes[i], 1e-4f);
    }

    [Fact]
    public void An_input_that_nothing_reads_is_left_out_and_one_without_sizes_gets_those_that_are_asked_for()
    {
        var unread = TestGraph.Cnn(Size);
        unread.Graph.Input.Add(TestGraph.Value("unread", 1, 7));
        Assert.Equal("image", Assert.Single(Graph(Adopted(unread)).Graph.Input).Name);
        var bare = TestGraph.Cnn(Size);
        bare.Graph.Input[0].Type.TensorType.Shape = null;
        Assert.Contains("--width 512", Assert.Throws<StageException>(() => Adopted(bare)).Message, StringComparison.Ordinal);
        Assert.Equal(Size, Adopted(bare, adopt => adopt with { Width = Size, Height = Size }).Preprocess(TestFolder.Vocabulary).Width);
        var none = TestGraph.Cnn(Size);
        none.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 0 };
        Assert.False(Graph(Adopted(none)).Graph.Input[0].Type.TensorType.Shape.Dim[0].HasDimValue);
    }

    [Fact]
    public void Scores_come_before_what_is_shown_from_the_inside_and_another_output_can_be_asked_for()
    {
        var model = TestGraph.Cnn(Size);
        model.Graph.Output.Insert(0, TestGraph.Value("stem_out", null, 16, Size / 2, Size / 2));
        Assert.Equal(5, Adopted(model).Classes(TestFolder.Vocabulary).Count);
        using (var segmenter = new OnnxEngine().Open(ArtifactStore.Open<OnnxModel>(folder["model"], TestFolder.Vocabulary), TestFolder.Vocabulary, 1))
            Assert.Equal(5, segmenter.Run(new float[3 * Size * Size]).Classes);
        Directory.Delete(folder["model"], recursive: true);
        Assert.Equal(16, Adopted(model, adopt => adopt with { OutputName = "stem_out" }).Classes(TestFolder.Vocabulary).Count);
        Directory.Delete(folder["model"], recursive: true);
        Assert.Contains("has no output absent; it has stem_out, classifier_out", Assert.Throws<StageException>(() => Adopted(model, adopt => adopt with { OutputName = "absent" })).Message, StringComparison.Ordinal);
    }

    private static FunctionProto Function(string name, NodeProto[] nodes)
    {
        var function = new FunctionProto { Name = name, Domain = "own", Input = { "a" }, Output = { "o" } };
        function.Node.Add(nodes);
        function.OpsetImport.Add([new OperatorSetIdProto { Version = 17 }, new OperatorSetIdProto { Domain = "own", Version = 1 }]);
        return function;
    }

    private static TensorProto As(TensorProto tensor, DataType type)
    {
        var bytes = type == DataType.Double
            ? tensor.Floats().SelectMany(value => BitConverter.GetBytes((double)value))
            : tensor.Floats().SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits(value) >> 16)));
        return new TensorProto { Name = tensor.Name, DataType = (int)type, Dims = { tensor.Dims }, RawData = ByteString.CopyFrom([.. bytes]) };
    }

    // as a converter from TensorFlow writes it
    private static ModelProto Last(ModelProto model)
    {
        foreach (var reader in new GraphIndex(model.Graph).Consumers("image").ToArray())
            reader.ReplaceInput("image", "first");
        model.Graph.Node.Insert(0, new NodeProto { OpType = "Transpose", Name = "to_first", Input = { "image" }, Output = { "first" } }.With("perm", new[] { 0, 3, 1, 2 }));
        var output = model.Graph.Output[0];
        model.Graph.Node.Add(new NodeProto { OpType = "Transpose", Name = "to_last", Input = { output.Name }, Output = { "last" } }.With("perm", new[] { 0, 2, 3, 1 }));
        model.Graph.Input[0] = TestGraph.Value("image", null, Size, Size, 3);
        model.Graph.Output[0] = TestGraph.Value("last", null, Size / 2, Size / 2, 5);
        return model;
    }
}
