namespace Niwaki.Tests;

public sealed class PresetsTests
{
    /// <summary>Counts of timm 1.0 (<c>sum(p.numel() for p in model.parameters())</c>) with 1000 classes at 224 x 224.</summary>
    [Theory]
    [InlineData("swin-tiny", 28_288_354)]
    [InlineData("swin-small", 49_606_258)]
    [InlineData("swin-base", 87_768_224)]
    [InlineData("mobilevit-xxs", 1_272_024)]
    [InlineData("mobilevit-xs", 2_317_848)]
    [InlineData("mobilevit-s", 5_578_632)]
    [InlineData("resnet-18", 11_689_512)]
    [InlineData("resnet-34", 21_797_672)]
    [InlineData("resnet-50", 25_557_032)]
    [InlineData("resnet-101", 44_549_160)]
    [InlineData("vit-tiny-16", 5_717_416)]
    [InlineData("vit-small-16", 22_050_664)]
    [InlineData("vit-base-16", 86_567_656)]
    [InlineData("deit-tiny", 5_717_416)]
    [InlineData("deit-small", 22_050_664)]
    [InlineData("deit-base", 86_567_656)]
    [InlineData("deit-tiny-distilled", 5_910_800)]
    [InlineData("deit-small-distilled", 22_436_432)]
    [InlineData("deit-base-distilled", 87_338_192)]
    [InlineData("efficientvit-b0", 3_410_008)]
    [InlineData("efficientvit-b1", 9_102_024)]
    [InlineData("efficientvit-b2", 24_330_712)]
    [InlineData("efficientvit-b3", 48_646_056)]
    [InlineData("tinyvit-5m", 5_392_764)]
    [InlineData("tinyvit-11m", 10_996_972)]
    [InlineData("tinyvit-21m", 21_198_568)]
    [InlineData("tinyvit-21m-384", 21_230_488)]
    [InlineData("mit-b0", 3_576_392)]                                                   // the original code's encoder, and Hugging Face's classifier
    [InlineData("mit-b1", 13_664_424)]
    [InlineData("mit-b2", 24_709_288)]
    [InlineData("mit-b3", 44_585_128)]
    [InlineData("mit-b4", 61_355_688)]
    [InlineData("mit-b5", 81_956_008)]
    public void A_published_classifier_has_its_published_number_of_parameters(string name, long expected) =>
        Assert.Equal(expected, Count(Presets.Architecture($"{name}+linear", 1000), 224, 224));

    /// <summary>torchvision's <c>num_params</c> of swin_v2_t, _s and _b, without the biases of k, which it stores, but sets to zero when it runs.</summary>
    [Theory]
    [InlineData("swinv2-tiny", 28_351_570)]
    [InlineData("swinv2-small", 49_737_442)]
    [InlineData("swinv2-base", 87_930_848)]
    public void A_published_Swin_v2_has_its_published_number_of_parameters_whatever_its_window(string name, long expected)
    {
        var architecture = Presets.Architecture($"{name}+linear", 1000);
        var keys = ((SwinV2Backbone)architecture.Backbone).Stages.Sum(stage => stage.Width * stage.Blocks.Count);
        Assert.Equal(expected - keys, Count(architecture, 256, 256));
        Assert.Equal(expected - keys, Count(Presets.Architecture($"{name}-window16+linear", 1000), 256, 256));
    }

    /// <summary>Millions in timm's tables (<c>results/benchmark-infer-*.csv</c>), with 1000 classes; 21841 where the name says 22k.</summary>
    [Theory]
    [InlineData("swinv2-base-window12", 21841, 109.28)]
    [InlineData("swinv2-base-window12to16", 1000, 87.92)]
    [InlineData("swinv2-base-window12to24", 1000, 87.92)]
    [InlineData("swinv2-large-window12", 21841, 228.77)]
    [InlineData("swinv2-large-window12to16", 1000, 196.74)]
    [InlineData("swinv2-large-window12to24", 1000, 196.74)]
    [InlineData("mobilevitv2-050", 1000, 1.37)]
    [InlineData("mobilevitv2-075", 1000, 2.87)]
    [InlineData("mobilevitv2-100", 1000, 4.9)]
    [InlineData("mobilevitv2-125", 1000, 7.48)]
    [InlineData("mobilevitv2-150", 1000, 10.59)]
    [InlineData("mobilevitv2-175", 1000, 14.25)]
    [InlineData("mobilevitv2-200", 1000, 18.45)]
    public void A_published_classifier_has_its_published_millions_of_parameters(string name, int classes, double expected) =>
        Assert.Equal(expected, Math.Round(Count(Presets.Architecture($"{name}+linear", classes), 256, 256) / 1e6, 2));

    /// <summary>Counts of the original code with the 150 classes of ADE20K.</summary>
    [Theory]
    [InlineData("mit-b0+segformer-256", 3_752_694)]
    [InlineData("mit-b1+segformer-256", 13_715_798)]
    [InlineData("mit-b2+segformer-768", 27_461_974)]
    [InlineData("mit-b3+segformer-768", 47_337_814)]
    [InlineData("mit-b4+segformer-768", 64_108_374)]
    public void A_published_SegFormer_has_its_published_number_of_parameters(string model, long expected) =>
        Assert.Equal(expected, Count(Presets.Architecture(model, 150), 512, 512));

    [Fact]
    public void The_micro_student_has_between_200_000_and_300_000_parameters() =>
        Assert.InRange(Count(Presets.Architecture("mobilevit-micro+upernet-32", 14), 128, 128), 200_000, 300_000);

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Every_preset_gives_one_logit_vector_a_picture_and_one_a_pixel(string name)
    {
        var vector = Forward(Presets.Architecture($"{name}+linear", 5), 128, 96);
        var map = Forward(Presets.Architecture($"{name}+upernet-16", 5), 128, 96);
        Assert.Equal(new Shape(1, 5), vector);
        var stride = name.StartsWith("vit", StringComparison.Ordinal) || name.StartsWith("deit", StringComparison.Ordinal) ? 16 : 4;
        Assert.Equal(new Shape(1, 5, 128 / stride, 96 / stride), map);
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Every_preset_comes_back_from_its_json(string name)
    {
        var vocabulary = new Vocabulary();
        var architecture = Presets.Architecture($"{name}+upernet-16", 5);
        Assert.Equal(architecture, vocabulary.Read<Architecture>(vocabulary.Write(architecture), "test"));
    }

    [Fact]
    public void An_architecture_is_read_from_its_file_or_its_folder_with_the_classes_asked_for()
    {
        var folder = Directory.CreateTempSubdirectory("niwaki").FullName;
        try
        {
            var path = Path.Combine(folder, TorchModel.ArchitectureFile);
            var architecture = Presets.Architecture("resnet-micro+upernet-16", 3);
            File.WriteAllText(path, new Vocabulary().Write(architecture));
            Assert.Equal(architecture with { Classes = 7 }, Presets.Architecture(path, 7));
            Assert.Equal(architecture, Presets.Architecture(folder, 3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Backbones))]
    public void Any_backbone_goes_with_any_head(string name)
    {
        foreach (var head in Presets.Heads.Where(head => head.EndsWith("-WIDTH", StringComparison.Ordinal)).Select(head => head.Replace("WIDTH", "12", StringComparison.Ordinal)))
        {
            var architecture = Presets.Architecture($"{name}+{head}+fcn-8", 5);
            var outputs = architecture.Outputs(new ParameterOps(), new Shape(1, 3, 128, 96));
            Assert.All(outputs, logits => Assert.Equal((1, 5), (logits[0], logits[1])));
            Assert.Equal(2, outputs.Count);
            Assert.Equal(outputs[0], Forward(architecture.WithoutAuxiliary(), 128, 96));
            Assert.Equal(CostOps.Of(architecture.WithoutAuxiliary(), 128, 96), CostOps.Of(architecture, 128, 96));
        }
    }

    [Fact]
    public void Deeplab_on_a_mobilevit_stays_at_stride_16_as_published() =>
        Assert.Equal(new Shape(1, 21, 32, 32), Forward(Presets.Architecture("mobilevit-xxs+deeplabv3-256", 21), 512, 512));

    [Theory]
    [InlineData("swin-tiny+linear+fcn-64", "labels whole pictures")]
    [InlineData("swin-tiny+upernet-64+fcn", "fcn-WIDTH")]
    [InlineData("swin-tiny+upernet-64+linear", "fcn-WIDTH")]
    [InlineData("swin-tiny+upernet-64+fcn-8+fcn-8", "BACKBONE+HEAD")]
    [InlineData("swin-tinny+upernet-64", "swin-tiny")]
    [InlineData("swin-tiny", "upernet-WIDTH")]
    [InlineData("swin-tiny+upernet-0", "upernet-WIDTH")]
    [InlineData("swin-tiny+ffn-64", "fpn-WIDTH")]
    [InlineData("swin-tiny+linear+linear", "labels whole pictures")]
    [InlineData("no/such/architecture.json", "there is no such file")]
    public void A_wrong_name_is_answered_with_the_known_ones(string model, string answer) =>
        Assert.Contains(answer, Assert.Throws<StageException>(() => Presets.Architecture(model, 3)).Message, StringComparison.Ordinal);

    public static TheoryData<string> Backbones() => [.. Presets.Names];

    private static long Count(Architecture architecture, int height, int width) =>
        ParameterOps.Of(architecture, height, width).Where(spec => !spec.IsBuffer).Sum(spec => spec.Shape.Elements);

    private static Shape Forward(Architecture architecture, int height, int width) => architecture.Forward(new ParameterOps(), new Shape(1, 3, height, width));
}
