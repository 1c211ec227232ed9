using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>One tiny variant of each family, with the head that it usually has.</summary>
internal static class Families
{
    public const int Side = 32;

    // tiny products on a busy machine: threads would only wait for each other
    static Families()
    {
        LibTorch.Load();
        torch.set_num_threads(1);
    }

    public static IReadOnlyDictionary<string, Architecture> All { get; } = new Dictionary<string, Architecture>
    {
        ["swin+upernet"] = new(Swin, new UperNetHead(16), 5),
        ["swin+linear"] = new(Swin, new LinearHead(), 5),
        ["swinv2+upernet"] = new(SwinV2, new UperNetHead(16), 5),
        ["swinv2+linear"] = new(SwinV2, new LinearHead(), 5),
        ["mobilevitv2+upernet"] = new(MobileVitV2Backbone.Published(8, [8, 16, 24, 32, 40], [1, 2, 1]), new UperNetHead(16), 5),
        ["mobilevitv2+linear"] = new(MobileVitV2Backbone.Published(8, [8, 16, 24, 32, 40], [1, 2, 1]), new LinearHead(), 5),
        ["bottleneck+upernet"] = new(ResNetBackbone.Bottlenecks([32, 48, 64, 80], [2, 1, 2, 1], 16), new UperNetHead(16), 5),
        ["bottleneck+linear"] = new(ResNetBackbone.Bottlenecks([32, 48, 64, 80], [1, 2, 1, 1], 32), new LinearHead(), 5),
        ["mobilevit+upernet"] = new(MobileVit, new UperNetHead(16), 5),
        ["mobilevit+linear"] = new(MobileVit, new LinearHead(), 5),
        ["resnet+upernet"] = new(ResNetBackbone.Uniform([16, 24, 32, 40], [2, 1, 2, 1], 16), new UperNetHead(16), 5),
        ["resnet+linear"] = new(ResNetBackbone.Uniform([16, 24, 32, 40], [1, 2, 1, 1], 24), new LinearHead(), 5),
        ["mobilevit+deeplabv3"] = new(MobileVit.WithOutputStride(8), new DeepLabV3Head(12) { Rates = [1, 3] }, 5),
        ["resnet+fpn"] = new(ResNetBackbone.Uniform([16, 24, 32, 40], [1, 1, 1, 1], 16), new FpnHead(16) { FusedWidth = 12 }, 5),
        ["swin+fpn"] = new(Swin, new FpnHead(16), 5),
        ["vit+linear"] = new(new VitBackbone(24, TransformerBlock.Uniform(24, 2, 3)), new LinearHead(), 5),
        ["mit+segformer"] = new(Mit, new SegformerHead(16), 5),
        ["mit+mm-segformer"] = new(Mit, new SegformerHead(16) { Form = SegformerForm.MmSegmentation }, 5),
        ["mit+linear"] = new(Mit, new LinearHead(), 5),
        ["efficientvit+segformer"] = new(EfficientVit, new SegformerHead(16), 5),
        ["efficientvit+linear"] = new(EfficientVit, new LinearHead(), 5),
        ["tinyvit+upernet"] = new(TinyVit, new UperNetHead(16), 5),
        ["tinyvit+linear"] = new(TinyVit, new LinearHead(), 5),
        ["deit+linear"] = new(new VitBackbone(24, TransformerBlock.Uniform(24, 2, 3)) { DistillationToken = true }, new LinearHead(), 5),
    };

    private static SwinBackbone Swin => new([
        SwinStage.Uniform(16, 2, 2, 4),
        SwinStage.Uniform(24, 1, 3, 4),
        SwinStage.Uniform(32, 2, 4, 4),
        SwinStage.Uniform(40, 1, 5, 4),
    ]);

    private static SwinV2Backbone SwinV2 => new([
        SwinV2Stage.Uniform(16, 2, 2, 3) with { PretrainedWindow = 2 },
        SwinV2Stage.Uniform(24, 1, 3, 3),
        SwinV2Stage.Uniform(32, 2, 4, 3),
        SwinV2Stage.Uniform(40, 1, 5, 3),
    ])
    { PositionHiddenWidth = 16 };

    private static MobileVitBackbone MobileVit => MobileVitBackbone.Published(8, [8, 16, 24, 32, 40], [24, 32, 40], [1, 2, 1], 2, 80);

    private static MitBackbone Mit => MitBackbone.Published([16, 24, 32, 40], [1, 2, 1, 1], [2, 3, 4, 5]);

    private static EfficientVitBackbone EfficientVit => EfficientVitBackbone.Published([8, 16, 24, 32, 48], [1, 2, 2, 2, 1], 8, 40, 48);

    private static TinyVitBackbone TinyVit => TinyVitBackbone.Published([16, 24, 32, 40], [2, 1, 2, 1], [1, 3, 4, 5], [4, 3, 4, 2]);

    /// <summary>
    /// Weights without structure: random gains, offsets and statistics, so that nothing that a cut forgets is zero by chance. BatchNorm
    /// has seen some noise, so that no branch drowns in another.
    /// </summary>
    public static IReadOnlyDictionary<string, Weight> Weights(ChannelGraph graph, int seed)
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        using var network = Network.Of(graph.Architecture, graph.Height, graph.Width, graph.Parameters.Values.Index().ToDictionary(spec => spec.Item.Name, spec => Random(spec.Item, new Random((seed * 1000) + spec.Index))));
        var noise = torch.randn(8, 3, graph.Height, graph.Width, generator: new torch.Generator((ulong)seed));
        for (var i = 0; i < 15; i++)
            network.Forward(noise, new ForwardOptions { Training = true });
        return network.Weights();
    }

    private static Weight Random(ParameterSpec spec, Random random)
    {
        var values = new float[spec.Shape.Elements];
        for (var i = 0; i < values.Length; i++)
        {
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = (float)(spec.Role switch
            {
                ParameterRole.NormWeight => 1 + (0.2 * normal),
                ParameterRole.RunningVariance => 0.5 + random.NextDouble(),
                ParameterRole.ConvWeight or ParameterRole.LinearWeight => normal / Math.Sqrt(spec.FanIn),
                _ => 0.2 * normal,
            });
        }

        return new Weight(spec.Shape, values);
    }
}
