namespace Niwaki.Parity.Tests;

/// <summary>Backbones that the shapes of timm's (and, for ResNet, torchvision's) weights describe wholly.</summary>
internal static class TimmShapes
{
    /// <summary>ResNet of basic blocks or of bottlenecks.</summary>
    public static ResNetBackbone ResNet(IReadOnlyDictionary<string, Shape> shapes)
    {
        var stages = new List<ResNetStage>();
        while (shapes.ContainsKey($"layer{stages.Count + 1}.0.conv1.weight"))
        {
            var layer = $"layer{stages.Count + 1}";
            var last = shapes.ContainsKey($"{layer}.0.conv3.weight") ? "conv3" : "conv2";
            var blocks = Count(shapes, j => $"{layer}.{j}.conv1.weight").Select(j => new ResNetBlock(Rows(shapes, $"{layer}.{j}.conv1"))
            {
                BottleneckWidth = last == "conv3" ? Rows(shapes, $"{layer}.{j}.conv2") : 0,
            });
            stages.Add(new ResNetStage(Rows(shapes, $"{layer}.0.{last}"), [.. blocks])
            {
                Stride = stages.Count == 0 ? 1 : 2,
                Projected = shapes.ContainsKey($"{layer}.0.downsample.0.weight"),
            });
        }

        return new ResNetBackbone(Rows(shapes, "conv1"), [.. stages]);
    }

    /// <summary>MobileViT v1 or v2; v1's four heads and the patches of two pixels leave no trace in the shapes.</summary>
    public static Backbone MobileVit(IReadOnlyDictionary<string, Shape> shapes)
    {
        var stem = Rows(shapes, "stem.conv");
        var stages = Count(shapes, i => $"stages.{i}.0.conv1_1x1.conv.weight").Select(i =>
        {
            var blocks = Count(shapes, j => $"stages.{i}.{j}.conv1_1x1.conv.weight").ToArray();
            return (Convolutions: blocks.Select(j => Inverted(shapes, $"stages.{i}.{j}", j == 0 && i > 0 ? 2 : 1)), Block: $"stages.{i}.{blocks.Length}");
        }).ToArray();
        return shapes.TryGetValue("final_conv.conv.weight", out var final)
            ? new MobileVitBackbone(stem, [.. stages.Select(stage => new MobileVitStage([.. stage.Convolutions]) { Transformer = First(shapes, stage.Block) })], final[0])
            : new MobileVitV2Backbone(stem, [.. stages.Select(stage => new MobileVitV2Stage([.. stage.Convolutions]) { Transformer = Second(shapes, stage.Block) })]);
    }

    private static InvertedResidual Inverted(IReadOnlyDictionary<string, Shape> shapes, string name, int stride)
    {
        var (expand, project) = (shapes[$"{name}.conv1_1x1.conv.weight"], shapes[$"{name}.conv3_1x1.conv.weight"]);
        return new InvertedResidual(project[0], expand[0], stride, stride == 1 && expand[1] == project[0]);
    }

    private static MobileVitBlock? First(IReadOnlyDictionary<string, Shape> shapes, string name)
    {
        if (!shapes.ContainsKey($"{name}.conv_1x1.weight"))
            return null;
        var width = Rows(shapes, $"{name}.conv_1x1");
        var blocks = Count(shapes, k => $"{name}.transformer.{k}.attn.qkv.weight").Select(k => new TransformerBlock(4, width / 4, Rows(shapes, $"{name}.transformer.{k}.mlp.fc1")));
        return new MobileVitBlock(Rows(shapes, $"{name}.conv_kxk.conv"), width, [.. blocks], Rows(shapes, $"{name}.conv_proj.conv"), Rows(shapes, $"{name}.conv_fusion.conv"));
    }

    private static MobileVitV2Block? Second(IReadOnlyDictionary<string, Shape> shapes, string name)
    {
        if (!shapes.ContainsKey($"{name}.conv_1x1.weight"))
            return null;
        var blocks = Count(shapes, k => $"{name}.transformer.{k}.attn.qkv_proj.weight").Select(k =>
            new SeparableBlock((Rows(shapes, $"{name}.transformer.{k}.attn.qkv_proj") - 1) / 2, Rows(shapes, $"{name}.transformer.{k}.mlp.fc1")));
        return new MobileVitV2Block(Rows(shapes, $"{name}.conv_1x1"), [.. blocks], Rows(shapes, $"{name}.conv_proj.conv"));
    }

    private static int Rows(IReadOnlyDictionary<string, Shape> shapes, string layer) => shapes[$"{layer}.weight"][0];

    private static IEnumerable<int> Count(IReadOnlyDictionary<string, Shape> shapes, Func<int, string> name) => Enumerable.Range(0, int.MaxValue).TakeWhile(i => shapes.ContainsKey(name(i)));
}
