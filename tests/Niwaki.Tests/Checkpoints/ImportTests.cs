using System.Text.Json;

namespace Niwaki.Tests;

public sealed class ImportTests : IDisposable
{
    private static readonly Vocabulary Vocabulary = new();
    private readonly TemporaryFolder folder = new();
    private readonly HeardLog log = new();

    private string Path => folder.Of("model.safetensors");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_preset_is_recognised_and_becomes_a_whole_model()
    {
        var state = ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5);
        var model = Import(state);
        Assert.Equal(Presets.Architecture("swin-micro+linear", 5) with { Backbone = (SwinBackbone)Presets.Architecture("swin-micro+linear", 5).Backbone with { Windowing = SwinWindowing.Timm } }, model.Architecture(Vocabulary));
        var weights = model.Weights(Vocabulary);
        Assert.Equal(state["head.fc.weight"].Values, weights["head.fc.weight"].Values);
        Assert.Equal(state["layers.2.blocks.1.attn.qkv.weight"].Values[(192 * 192)..(2 * 192 * 192)], weights["backbone.stages.2.blocks.1.attn.k.weight"].Values);
        Assert.Equal(5, model.Classes(Vocabulary).Count);
        Assert.Equal(new Preprocess(224, 224) { Interpolation = Interpolation.Bicubic, Resize = ResizeMode.CenterCrop }, model.Preprocess(Vocabulary));
        Assert.Equal("import", model.Lineage.Single().Stage);
        var report = Report(model);
        Assert.Equal(("timm-swin", "swin-micro+linear", weights.Count), (report.Naming, report.Model, report.Tensors));
        Assert.Equal(ArtifactStore.DigestOf(Path), report.Files["model.safetensors"]);
        Assert.Equal(1, log.Count("swin-micro+linear under the names of timm-swin"));
    }

    [Fact]
    public void The_same_import_is_used_again_and_a_changed_file_is_not()
    {
        var state = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3);
        var first = Import(state, import => import with { Classes = ["4"] });
        Assert.Same(typeof(TorchModel), first.GetType());
        Assert.Equal(first.Digest, Produce(new Import(Path) { Classes = ["4"] }, reused: true).Digest);
        state["norm.bias"].Values[0] += 1;
        Assert.NotEqual(first.Digest, Import(state, import => import with { Classes = ["4"] }).Digest);
    }

    [Fact]
    public void Another_number_of_classes_starts_exactly_the_classifier_anew_from_the_seed()
    {
        var state = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3);
        var own = Import(state).Weights(Vocabulary);
        var model = Import(state, import => import with { Classes = ["road", "water", "tree", "roof"] });
        var other = model.Weights(Vocabulary);
        Assert.Equal(["road", "water", "tree", "roof"], model.Classes(Vocabulary).Select(each => each.Name));
        Assert.Equal(["head.fc.weight", "head.fc.bias"], Report(model).Fresh);
        Assert.All(other.Where(each => !each.Key.StartsWith("head.", StringComparison.Ordinal)), each => Assert.Equal(own[each.Key].Values, each.Value.Values));
        Assert.Equal(Initializer.Create(ParameterOps.Of(model.Architecture(Vocabulary), 224, 224).Single(spec => spec.Name == "head.fc.weight"), 1).Values, other["head.fc.weight"].Values);
        Assert.Equal(1, log.Count("has 3 classes, 4 were asked for: its classifier starts anew"));
    }

    [Fact]
    public void Another_head_starts_anew_and_the_old_one_is_told()
    {
        var model = Import(ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5), import => import with { As = "swin-micro+upernet-16", Classes = ["2"], Width = 64, Height = 32 });
        var report = Report(model);
        Assert.Equal(["norm.weight", "norm.bias", "head.fc.weight", "head.fc.bias"], report.Unused);
        Assert.All(report.Fresh, name => Assert.True(name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("backbone.norms.", StringComparison.Ordinal), name));
        Assert.Contains("head.classifier.weight", report.Fresh);
        Assert.Contains("backbone.stages.3.blocks.0.attn.relative_position_bias_table: [49, 16] to [3, 16]", report.Resampled);
        Assert.Equal((64, 32, ResizeMode.Stretch), (model.Preprocess(Vocabulary).Width, model.Preprocess(Vocabulary).Height, model.Preprocess(Vocabulary).Resize));
        Assert.Equal(1, log.Count("of the checkpoint without a place"));
        Assert.Equal(1, log.Count("starting anew"));
        Refused(ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5), "nothing tells the classes", import => import with { As = "swin-micro+upernet-16" });
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("module.model.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("backbone.")]
    [InlineData("teacher.backbone.")]
    public void What_wrappers_put_before_names_is_taken_off_and_said(string prefix)
    {
        var report = Report(Import(ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3).Prefixed(prefix)));
        Assert.Equal((prefix, "timm-swin"), (report.Prefix, report.Naming));
    }

    [Fact]
    public void A_teacher_beside_its_student_is_taken_and_the_student_told()
    {
        var teacher = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3);
        var student = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3);
        student["norm.bias"] = student["norm.bias"] with { Values = new float[16] };
        var model = Import(student.Prefixed("student.").Concat(teacher.Prefixed("teacher.")).ToDictionary());
        Assert.Equal(teacher["norm.bias"].Values, model.Weights(Vocabulary)["backbone.norm.bias"].Values);
        Assert.Contains("student.norm.bias", Report(model).Unused);
    }

    [Fact]
    public void The_heads_of_an_unusual_vit_have_to_be_given()
    {
        var state = ForeignNetworks.TimmVit();
        Refused(state, "is a vit under the names of timm-vit");
        Refused(state, "Give --heads");
        var vit = (VitBackbone)Import(state, import => import with { Heads = [2] }).Architecture(Vocabulary).Backbone;
        Assert.Equal([new TransformerBlock(2, 4, 32), new TransformerBlock(2, 4, 32)], vit.Blocks);
    }

    [Fact]
    public void Positions_give_the_input_size_and_are_resampled_for_another()
    {
        var state = ForeignNetworks.TimmVit(grid: 6);
        var model = Import(state, import => import with { Heads = [2] });
        Assert.Equal((96, 96), (model.Preprocess(Vocabulary).Width, model.Preprocess(Vocabulary).Height));
        Assert.Empty(Report(model).Resampled);
        var larger = Import(state, import => import with { Heads = [2], Width = 128, Height = 64 });
        Assert.Equal(["backbone.pos_embed: [1, 37, 8] to [1, 33, 8]"], Report(larger).Resampled);
        Assert.Equal(new Shape(1, 33, 8), larger.Weights(Vocabulary)["backbone.pos_embed"].Shape);
    }

    [Fact]
    public void Windows_of_another_size_are_the_networks_own_unless_a_preset_is_asked_for()
    {
        var state = ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 7, 5);
        Assert.Equal(7, ((SwinBackbone)Import(state).Architecture(Vocabulary).Backbone).Stages[0].Blocks[0].Window);
        var asked = Import(state, import => import with { As = "swin-micro+linear" });
        Assert.Equal(4, ((SwinBackbone)asked.Architecture(Vocabulary).Backbone).Stages[0].Blocks[0].Window);
        Assert.Equal(8, Report(asked).Resampled.Count);
    }

    [Fact]
    public void A_network_of_the_right_names_and_the_wrong_width_is_refused()
    {
        var state = ForeignNetworks.TimmSwin(16, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5);
        Refused(state, "has the right names and other widths than swin-micro+linear", import => import with { As = "swin-micro+linear" });
        state = ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5);
        state["layers.1.blocks.0.mlp.fc1.weight"] = new Weight(new Shape(4, 4), new float[16]);
        Refused(state, "looks most like swin-micro");
        var report = Report(Import(state, import => import with { As = "swin-micro+linear", Partial = true }));
        Assert.Equal(["backbone.stages.1.blocks.0.mlp.fc1.weight: is [4, 4] where [384, 96] is needed"], report.Misfits);
        Assert.Equal(["backbone.stages.1.blocks.0.mlp.fc1.weight"], report.Fresh);
    }

    [Fact]
    public void A_network_that_lacks_a_layer_or_has_one_too_many_is_refused()
    {
        var deep = ForeignNetworks.TimmSwin(48, [2, 2, 6, 2], [2, 4, 8, 16], 4, 5);
        Refused(deep, "is a larger network than swin-micro+linear", import => import with { As = "swin-micro+linear" });
        var cut = ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5);
        cut.Remove("layers.2.blocks.1.norm1.weight");
        Refused(cut, "lacks tensors of swin-micro+linear: backbone.stages.2.blocks.1.norm1.weight", import => import with { As = "swin-micro+linear" });
        Assert.Equal(["backbone.stages.2.blocks.1.norm1.weight"], Report(Import(cut, import => import with { As = "swin-micro+linear", Partial = true })).Fresh);
    }

    [Fact]
    public void Two_networks_in_one_file_are_refused()
    {
        var two = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3).Concat(ForeignNetworks.TimmVit().Where(each => each.Key is not ("norm.weight" or "norm.bias") && !each.Key.StartsWith("patch_embed", StringComparison.Ordinal))).ToDictionary();
        Refused(two, "holds two networks, one under the names of timm-swin and one under those of timm-vit");
        Refused(two, "holds two networks", import => import with { As = "swin-micro+linear" });
    }

    [Fact]
    public void A_backbone_without_a_head_asks_for_one()
    {
        var state = ForeignNetworks.TimmSwin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 5);
        state.Remove("head.fc.weight");
        state.Remove("head.fc.bias");
        Refused(state, "is the backbone swin-micro under the names of timm-swin, without a head. Say which head it gets: --as swin-micro+upernet-64");
    }

    [Fact]
    public void Strange_names_and_values_are_refused()
    {
        Refused(new() { ["generator.kernel"] = new Weight(new Shape(1), [1]) }, "known to none of the namings");
        var state = ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3);
        state["norm.bias"].Values[3] = float.NaN;
        Refused(state, "backbone.norm.bias of the checkpoint holds values that are no finite numbers");
        Refused(ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3), "'swim-micro+linear' is no known model; did you mean 'swin-micro'?", import => import with { As = "swim-micro+linear" });
    }

    [Fact]
    public void A_folder_of_hugging_face_gives_labels_heads_and_preprocessing()
    {
        SafeTensors.Write(Path, ForeignNetworks.TimmVit());
        File.WriteAllText(folder.Of("config.json"), """{ "num_attention_heads": 4, "id2label": { "0": "crane", "2": "crane", "1": "road" } }""");
        File.WriteAllText(folder.Of("preprocessor_config.json"), """{ "do_normalize": true, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6], "resample": 3, "size": { "height": 224, "width": 224 } }""");
        var model = Produce(new Import(folder.Path));
        Assert.Equal(["crane", "road", "crane (2)"], model.Classes(Vocabulary).Select(each => each.Name));
        Assert.Equal(4, ((VitBackbone)model.Architecture(Vocabulary).Backbone).Blocks[0].Heads);
        Assert.Equal(new Preprocess(224, 224) { Mean = [0.1f, 0.2f, 0.3f], Std = [0.4f, 0.5f, 0.6f], Interpolation = Interpolation.Bicubic, Resize = ResizeMode.CenterCrop }, model.Preprocess(Vocabulary));
        Assert.Equal(["config.json", "model.safetensors", "preprocessor_config.json"], Report(model).Files.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{ "size": 256, "do_normalize": false, "do_flip_channel_order": true, "resample": 2 }""", 256, 256, Interpolation.Bilinear, ChannelOrder.Bgr, 0f)]
    [InlineData("""{ "size": { "shortest_edge": 288 }, "crop_size": { "height": 256, "width": 240 }, "do_center_crop": true }""", 240, 256, Interpolation.Nearest, ChannelOrder.Rgb, 0.485f)]
    [InlineData("""{ "size": { "shortest_edge": 288 } }""", 288, 288, Interpolation.Nearest, ChannelOrder.Rgb, 0.485f)]
    public void Preprocessors_of_all_ages_are_understood(string json, int width, int height, Interpolation interpolation, ChannelOrder order, float mean)
    {
        File.WriteAllText(folder.Of("preprocessor_config.json"), json);
        var preprocess = FolderDescription.Of(folder.Path).Preprocess(new Preprocess(64, 64) { Interpolation = Interpolation.Nearest });
        Assert.Equal((width, height, interpolation, order, mean), (preprocess.Width, preprocess.Height, preprocess.Interpolation, preprocess.ChannelOrder, preprocess.Mean[0]));
    }

    [Fact]
    public void A_folder_of_timm_gives_its_own_preprocessing()
    {
        File.WriteAllText(folder.Of("config.json"), """{ "architecture": "x", "num_classes": 3, "label_names": ["a", "b", "c"], "pretrained_cfg": { "input_size": [3, 288, 320], "interpolation": "bicubic", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25] } }""");
        var description = FolderDescription.Of(folder.Path);
        Assert.Equal(new Preprocess(320, 288) { Interpolation = Interpolation.Bicubic, Mean = [0.5f, 0.5f, 0.5f], Std = [0.25f, 0.25f, 0.25f] }, description.Preprocess(new Preprocess(224, 224)));
        Assert.Equal(["a", "b", "c"], description.Labels);
    }

    [Fact]
    public void Folders_without_one_checkpoint_are_told_what_they_hold()
    {
        Assert.Contains("holds no checkpoint", Assert.Throws<StageException>(() => Produce(new Import(folder.Path))).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.Of("a.pth"), string.Empty);
        File.WriteAllText(folder.Of("b.bin"), string.Empty);
        Assert.Contains("holds several checkpoints (a.pth, b.bin)", Assert.Throws<StageException>(() => Produce(new Import(folder.Path))).Message, StringComparison.Ordinal);
        Assert.Contains("there is no such file", Assert.Throws<StageException>(() => Produce(new Import(folder.Of("none")))).Message, StringComparison.Ordinal);
        var model = Import(ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3));
        Assert.Contains("is an artifact of Niwaki already", Assert.Throws<StageException>(() => Produce(new Import(model.Folder))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "classes is 0")]
    [InlineData("none.json", "there is no such file")]
    [InlineData("a,a", "lists 'a' 2 times")]
    public void Classes_that_are_none_are_refused(string classes, string why) =>
        Refused(ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3), why, import => import with { Classes = [.. classes.Split(',')] });

    [Fact]
    public void Classes_may_come_from_a_file()
    {
        File.WriteAllText(folder.Of("classes.json"), """[{ "name": "water", "color": "#2f6fde" }, { "name": "road", "color": "#888888" }]""");
        var model = Import(ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3), import => import with { Classes = [folder.Of("classes.json")] });
        Assert.Equal([new ClassInfo("water", "#2f6fde"), new ClassInfo("road", "#888888")], model.Classes(Vocabulary));
    }

    [Fact]
    public void Options_out_of_range_are_refused_before_anything_is_read()
    {
        foreach (var wrong in (Import[])[new(" "), new("x") { Width = 4 }, new("x") { Height = 9000 }, new("x") { Heads = [0] }, new("x") { MaxDownload = new(0) }, new("x") { As = "nonsense" }])
            Assert.StartsWith(wrong.As is null ? "import: " : "'nonsense'", Assert.Throws<StageException>(wrong.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_the_first_step_of_a_recipe()
    {
        SafeTensors.Write(Path, ForeignNetworks.TimmSwin(8, [1, 1], [2, 4], 4, 3));
        var recipe = RecipeJson.Parse($$"""{ "name": "from-elsewhere", "steps": [{ "name": "start-here", "stage": { "kind": "import", "source": {{JsonSerializer.Serialize(Path)}}, "classes": ["4"] } }] }""", "recipe", Vocabulary);
        using var run = RunFolder.Open(folder.Of("run"), Vocabulary);
        run.Run(recipe, log, null, TimeProvider.System, TestContext.Current.CancellationToken);
        var written = Directory.EnumerateFiles(folder.Of("run"), TorchModel.ArchitectureFile, SearchOption.AllDirectories).First();
        var model = ArtifactStore.Open<TorchModel>(System.IO.Path.GetDirectoryName(written)!, Vocabulary);
        Assert.Equal(4, model.Architecture(Vocabulary).Classes);
    }

    private TorchModel Import(Dictionary<string, Weight> state, Func<Import, Import>? change = null)
    {
        SafeTensors.Write(Path, state);
        var stage = new Import(Path);
        return Produce(change?.Invoke(stage) ?? stage);
    }

    private void Refused(Dictionary<string, Weight> state, string why, Func<Import, Import>? change = null) =>
        Assert.Contains(why, Assert.Throws<StageException>(() => Import(state, change)).Message, StringComparison.Ordinal);

    private TorchModel Produce(Import stage, bool reused = false)
    {
        var context = new StageContext(folder.Path, Vocabulary, _ => throw new InvalidOperationException()) { Log = log };
        var outcome = StageExecution.Produce(stage, Nothing.Value, context, key => (folder.Of("cache", $"{key}.partial"), folder.Of("cache", key)));
        Assert.Equal(reused, outcome.Reused);
        return (TorchModel)outcome.Artifact;
    }

    private static ImportReport Report(TorchModel model) => Vocabulary.Read<ImportReport>(File.ReadAllText(model.PathOf(ImportReport.FileName)), "report");
}
