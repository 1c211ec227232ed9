namespace Niwaki.Tests;

public sealed class NarrowedTests
{
    public static TheoryData<string> Models() =>
        [.. Presets.Names.Where(name => !name.Contains("base", StringComparison.Ordinal)).SelectMany(name => new[] { $"{name}+upernet-32+fcn-16", $"{name}+fpn-32", $"{name}+segformer-32", $"{name}+deeplabv3-32", $"{name}+linear" })];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_network_narrowed_to_its_own_widths_is_itself(string model)
    {
        var architecture = Presets.Architecture(model, 4);
        var specs = ParameterOps.Of(architecture, 96, 96);
        var widths = Widths(specs);
        Assert.Equal(specs, ParameterOps.Of(architecture.Narrowed(layer => widths[layer]), 96, 96));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_layer_inside_a_block_takes_the_width_it_is_given(string model)
    {
        var architecture = Presets.Architecture(model, 4);
        var widths = Widths(ParameterOps.Of(architecture, 96, 96));
        foreach (var layer in widths.Keys.ToArray())
        {
            if (IsInner(architecture.Backbone, layer) && !layer.StartsWith("head.smooth", StringComparison.Ordinal))
                widths[layer] -= 8;
            else if (architecture.Backbone is MobileVitV2Backbone)
                continue;                                                               // q has one channel
            else if (HeadsOf(architecture, layer) is var heads and > 1 && (layer.Contains(".attn.scale_", StringComparison.Ordinal) || layer.EndsWith(".attn.q", StringComparison.Ordinal) || layer.EndsWith(".attn.k", StringComparison.Ordinal) || layer.EndsWith(".attn.v", StringComparison.Ordinal)))
                widths[layer] -= widths[layer] / heads;
        }

        Assert.Equal(widths, Widths(ParameterOps.Of(architecture.Narrowed(layer => widths[layer]), 96, 96)));
    }

    private static readonly string[] Inner = [".mlp.fc1", ".mlp.depthwise", ".conv1.conv", ".expand.conv", ".depthwise.conv", ".local.conv", ".leave.conv", "final.conv", "fpn_bottleneck.conv", "psp_modules.1.conv", "head.branches.1.conv", "head.project.conv", "auxiliary.convs.0.conv"];

    private static bool IsInner(Backbone backbone, string layer) => backbone switch
    {
        // the local convolution is depthwise and follows its input
        MobileVitV2Backbone when layer.Contains(".transformer.", StringComparison.Ordinal) => Ends(layer, ".mlp.fc1", ".attn.k", ".attn.v", ".leave.conv"),
        ResNetBackbone resnet when resnet.Stages[0].Blocks[0].BottleneckWidth > 0 && Ends(layer, ".conv2.conv") => true,
        _ => Ends(layer, Inner),
    };

    private static bool Ends(string layer, params IEnumerable<string> suffixes) => suffixes.Any(suffix => layer.EndsWith(suffix, StringComparison.Ordinal));

    private static int HeadsOf(Architecture architecture, string layer)
    {
        var part = layer.Split('.');
        if (!part.Contains("attn"))
            return 1;
        return architecture.Backbone switch
        {
            SwinBackbone swin => swin.Stages[int.Parse(part[2])].Blocks[int.Parse(part[4])].Heads,
            SwinV2Backbone swin => swin.Stages[int.Parse(part[2])].Blocks[int.Parse(part[4])].Heads,
            MobileVitBackbone mobile => mobile.Stages[int.Parse(part[2])].Transformer!.Blocks[int.Parse(part[5])].Heads,
            MitBackbone mit => mit.Stages[int.Parse(part[2])].Blocks[int.Parse(part[4])].Heads,
            EfficientVitBackbone efficient => efficient.Stages[int.Parse(part[2])].Blocks[int.Parse(part[4])].Heads,
            TinyVitBackbone tiny => tiny.Stages[int.Parse(part[2]) - 1].Blocks[int.Parse(part[4])].Heads,
            VitBackbone vit => vit.Blocks[int.Parse(part[2])].Heads,
            _ => 1,
        };
    }

    private static Dictionary<string, int> Widths(IEnumerable<ParameterSpec> specs) => specs
        .Where(spec => spec.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight)
        .ToDictionary(spec => spec.Name[..^".weight".Length], spec => spec.Shape[0], StringComparer.Ordinal);
}
