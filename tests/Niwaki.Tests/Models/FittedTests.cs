using System.Text.RegularExpressions;

namespace Niwaki.Tests;

/// <summary>Tensors of a network that no preset has tell its depths and widths.</summary>
public sealed class FittedTests
{
    private static readonly SwinV2Backbone Swin = new([
        SwinV2Stage.Uniform(12, 1, 2, 8) with { QkvBias = false },
        new SwinV2Stage(20, [new SwinBlock(3, 5, 30, 8), new SwinBlock(1, 7, 11, 8), new SwinBlock(2, 5, 8, 8)]) { QkvBias = false },
    ])
    { PatchSize = 2, NormalizePatches = false, PositionHiddenWidth = 24 };

    public static TheoryData<string> Names => ["swin-v2", "mobile-vit-v2", "basic", "bottleneck"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Depths_and_widths_are_read_from_the_tensors(string name)
    {
        var (preset, backbone) = Network(name);
        var shapes = ParameterOps.Of(new Architecture(backbone, new LinearHead(), 2), 64, 64).ToDictionary(spec => spec.Name, spec => spec.Shape);
        Assert.Equal(backbone, Presets.Architecture($"{preset}+linear", 2).Backbone.Fitted(shapes, []) switch
        {
            SwinV2Backbone swin => swin with { DropPath = 0 },
            var other => other,
        });
        Assert.Null(Presets.Architecture($"{preset}+linear", 2).Backbone.Fitted(new Dictionary<string, Shape>(), []));
    }

    [Fact]
    public void Other_widths_are_not_mistaken_for_the_first_mobile_vit()
    {
        var first = MobileVitBackbone.Published(8, [8, 16, 24], [16], [2], 2, 32);
        var shapes = ParameterOps.Of(new Architecture(first, new LinearHead(), 2), 64, 64).ToDictionary(spec => spec.Name, spec => spec.Shape);
        Assert.Null(Presets.Architecture("mobilevitv2-050+linear", 2).Backbone.Fitted(shapes, []));
    }

    [Theory]
    [InlineData("swinv2-tiny+linear", 8)]
    [InlineData("swinv2-tiny-window16+linear", 16)]
    public void Stored_coordinates_tell_presets_apart_that_differ_in_their_windows(string model, int window)
    {
        var known = Recognized(Presets.Architecture(model, 2), window, 0);
        Assert.Equal(model, known.Preset);
        Assert.Equal("microsoft-swin", Catalog.NameOf(known.Naming.GetType(), typeof(Naming)));
        Assert.Equal(SwinWindowing.Original, ((SwinV2Backbone)known.Architecture.Backbone).Windowing);
        Assert.Equal(256, known.Naming.PreprocessOf(known.Architecture, known.Preset).Width);
    }

    [Fact]
    public void Stored_coordinates_tell_the_windows_of_other_networks_and_of_their_pretraining()
    {
        var architecture = new Architecture(new SwinV2Backbone([SwinV2Stage.Uniform(12, 1, 2, 6), SwinV2Stage.Uniform(24, 2, 3, 6)]), new LinearHead(), 2);
        var known = Recognized(architecture, 6, 4);
        Assert.Null(known.Preset);
        Assert.All(((SwinV2Backbone)known.Architecture.Backbone).Stages, stage => Assert.Equal((6, 4), (stage.Blocks[0].Window, stage.PretrainedWindow)));
    }

    private static Recognized Recognized(Architecture architecture, int window, int pretrained)
    {
        var state = ParameterOps.Of(architecture, 256, 256).Select(Original).OfType<KeyValuePair<string, Weight>>().ToDictionary();
        foreach (var name in state.Keys.Where(name => name.EndsWith(".logit_scale", StringComparison.Ordinal)).ToArray())
        {
            var layout = new WindowLayout { Height = 64, Width = 64, WindowHeight = window, WindowWidth = window };
            state[name.Replace("logit_scale", "relative_coords_table", StringComparison.Ordinal)] = new Weight(new Shape(1, (2 * window) - 1, (2 * window) - 1, 2), layout.RelativeCoordinates(pretrained));
        }

        return new Recognition(state, new Vocabulary(), "test").Any();
    }

    // under the original names; the numbers do not matter
    private static KeyValuePair<string, Weight>? Original(ParameterSpec spec)
    {
        var name = spec.Name.Replace("backbone.", string.Empty, StringComparison.Ordinal).Replace("stages.", "layers.", StringComparison.Ordinal).Replace("head.fc", "head", StringComparison.Ordinal);
        if (name.EndsWith(".attn.k.weight", StringComparison.Ordinal) || name.EndsWith(".attn.v.weight", StringComparison.Ordinal))
            return null;
        var shape = name.EndsWith(".attn.q.weight", StringComparison.Ordinal) ? spec.Shape.With(0, 3 * spec.Shape[0]) : spec.Shape;
        name = name.Replace(".attn.q.weight", ".attn.qkv.weight", StringComparison.Ordinal).Replace(".q.bias", ".q_bias", StringComparison.Ordinal).Replace(".v.bias", ".v_bias", StringComparison.Ordinal)
            .Replace("position_weight1", "cpb_mlp.0.weight", StringComparison.Ordinal).Replace("position_bias1", "cpb_mlp.0.bias", StringComparison.Ordinal).Replace("position_weight2", "cpb_mlp.2.weight", StringComparison.Ordinal);
        if (Regex.Match(name, @"^layers\.(\d+)(\.downsample.*)$") is { Success: true } merging)
            name = $"layers.{int.Parse(merging.Groups[1].Value) - 1}{merging.Groups[2].Value}";
        return new(name, new Weight(shape, new float[shape.Elements]));
    }

    private static (string Preset, Backbone Backbone) Network(string name) => name switch
    {
        "swin-v2" => ("swinv2-tiny", Swin),
        "mobile-vit-v2" => ("mobilevitv2-100", MobileVitV2Backbone.Published(8, [8, 24, 40, 56], [2, 3], 3)),
        "basic" => ("resnet-50", ResNetBackbone.Uniform([8, 16, 24], [1, 3, 2], 8)),
        _ => ("resnet-18", ResNetBackbone.Bottlenecks([8, 16, 24, 32], [2, 1, 3, 1], 16)),
    };
}
