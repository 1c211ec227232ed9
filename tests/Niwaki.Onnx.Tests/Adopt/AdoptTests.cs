using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

public sealed class AdoptTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    private OnnxModel Apply(Adopt adopt, string name = "model") => (OnnxModel)adopt.Apply(Nothing.Value, folder.Context(folder[name + ".partial"]), folder[name]);

    private string Write(ModelProto model, string name = "foreign.onnx")
    {
        OnnxFile.Write(folder[name], model);
        return folder[name];
    }

    private string Refused(Adopt adopt)
    {
        var problem = Assert.Throws<StageException>(() => Apply(adopt, "refused"));
        Assert.False(Directory.Exists(folder["refused"]));
        return problem.Message;
    }

    [Fact]
    public void A_file_that_says_nothing_gets_its_size_from_the_graph_classes_by_number_and_a_word_about_what_is_assumed()
    {
        var path = Write(TestGraph.Cnn(48));
        var model = Apply(new Adopt(path));
        Assert.Equal(new Preprocess(48, 48), model.Preprocess(TestFolder.Vocabulary));
        Assert.Equal(["class 0", "class 1", "class 2", "class 3", "class 4"], model.Classes(TestFolder.Vocabulary).Select(each => each.Name));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(model.PathOf(OnnxModel.GraphFile)));
        Assert.Contains(folder.Said, line => line.Contains("mean, std are assumed", StringComparison.Ordinal) && line.Contains("--preprocess", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_win_over_the_file_and_the_file_over_defaults()
    {
        var graph = TestGraph.Cnn(48);
        graph.SetMetadata(Export.PreprocessKey, """{"width": 48, "height": 48, "channelOrder": "bgr", "mean": [0, 0, 0]}""");
        graph.SetMetadata(Export.ClassesKey, """[{"name":"a","color":"#000000"},{"name":"b","color":"#000001"},{"name":"c","color":"#000002"},{"name":"d","color":"#000003"},{"name":"e","color":"#000004"}]""");
        var path = Write(graph);
        var said = Apply(new Adopt(path)).Preprocess(TestFolder.Vocabulary);
        Assert.Equal((ChannelOrder.Bgr, (ValueList<float>)[0, 0, 0]), (said.ChannelOrder, said.Mean));
        var model = Apply(new Adopt(path) { Mean = [1, 1, 1], Resize = ResizeMode.Letterbox, Classes = ["v", "w", "x", "y", "z"] }, "other");
        var asked = model.Preprocess(TestFolder.Vocabulary);
        Assert.Equal((ChannelOrder.Bgr, (ValueList<float>)[1, 1, 1], ResizeMode.Letterbox), (asked.ChannelOrder, asked.Mean, asked.Resize));
        Assert.Equal("v", model.Classes(TestFolder.Vocabulary)[0].Name);
        Assert.Contains("5 classes", Refused(new Adopt(path) { Classes = ["3"] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_sizes_are_named_with_how_to_fix_them_and_then_fixed()
    {
        var graph = TestGraph.Cnn(48);
        foreach (var side in graph.Graph.Input[0].Type.TensorType.Shape.Dim.Skip(2))
            side.DimParam = "side";
        graph.Graph.Output[0].Type.TensorType.Shape.Dim[2].DimParam = graph.Graph.Output[0].Type.TensorType.Shape.Dim[3].DimParam = "half";
        var path = Write(graph);
        var message = Refused(new Adopt(path));
        Assert.Contains("[batch, 3, side, side] leaves its height open", message, StringComparison.Ordinal);
        Assert.Contains("--preprocess", message, StringComparison.Ordinal);
        var model = Apply(new Adopt(path) { Width = 64, Height = 32 });
        Assert.Equal(new Preprocess(64, 32), model.Preprocess(TestFolder.Vocabulary));
        using var segmenter = new OnnxEngine().Open(model, TestFolder.Vocabulary, 1);
        Assert.Equal((16, 32), (segmenter.Run(new float[3 * 32 * 64]).Height, segmenter.Run(new float[3 * 32 * 64]).Width));
        Assert.Equal("batch", OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)).Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
    }

    [Fact]
    public void Of_several_outputs_the_scores_are_taken_and_a_label_map_is_traced_to_its_classes()
    {
        var graph = TestGraph.Cnn(48);
        graph.Graph.Node.Add(new NodeProto { OpType = "ArgMax", Name = "best", Input = { graph.Graph.Output[0].Name }, Output = { "best" } }.With("axis", 1).With("keepdims", 0));
        graph.Graph.Output.Insert(0, TestGraph.Value("best", null, 24, 24));
        graph.Graph.Output[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        Apply(new Adopt(Write(graph)));
        Assert.Contains(folder.Said, line => line.Contains("classifier_out is taken as the segmentation", StringComparison.Ordinal));
        graph.Graph.Output.RemoveAt(1);
        var model = Apply(new Adopt(Write(graph, "labels.onnx")), "labels");
        Assert.Equal(5, model.Classes(TestFolder.Vocabulary).Count);
        using var segmenter = new OnnxEngine().Open(model, TestFolder.Vocabulary, 1);
        Assert.Equal(24 * 24, segmenter.Run(new float[3 * 48 * 48]).Labels.Length);
    }

    [Fact]
    public void What_takes_no_picture_is_refused_by_what_it_takes()
    {
        var two = TestGraph.Cnn(48);
        two.Graph.Input.Add(TestGraph.Value("mask", 1, 16, 24, 24));
        two.Graph.Node.First(node => node.OpType == "Add").Input[1] = "mask";
        Assert.Contains("takes 2 inputs (image, mask)", Refused(new Adopt(Write(two))), StringComparison.Ordinal);

        var grey = new TestGraph(48, channels: 1);
        Assert.Contains("has 1 channels, but pictures have 3", Refused(new Adopt(Write(grey.Output(grey.Conv("image", 1, 5, 3), null, 5, 48, 48)))), StringComparison.Ordinal);

        Assert.Contains("has the fixed width 48, but 64 was asked for", Refused(new Adopt(Write(TestGraph.Cnn(48))) { Width = 64 }), StringComparison.Ordinal);
        Assert.Contains("no such file", Refused(new Adopt(folder["absent.onnx"])), StringComparison.Ordinal);
        File.WriteAllText(folder["text.onnx"], "this is no graph");
        Assert.Contains("not a whole ONNX file", Refused(new Adopt(folder["text.onnx"])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_trained_foreign_transformer_is_taken_as_it_is()
    {
        var model = Apply(new Adopt(Shared.Model("topformer-lpcv/tiny_288_8tp_3trans_dist-682.onnx")));
        Assert.Equal(14, model.Classes(TestFolder.Vocabulary).Count);
        Assert.Equal((288, 288), (model.Preprocess(TestFolder.Vocabulary).Width, model.Preprocess(TestFolder.Vocabulary).Height));
    }
}
