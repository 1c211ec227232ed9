using System.Collections.Frozen;
using System.Globalization;

namespace Niwaki;

/// <summary>
/// Architectures by their usual names: <c>backbone+head</c>, such as <c>swin-tiny+upernet-512</c>, <c>mit-b0+segformer-256</c>
/// or <c>deit-tiny+linear</c>, with an auxiliary head for training if wanted, <c>swin-tiny+upernet-512+fcn-256</c>; or the path of an <c>architecture.json</c>. The ones called micro are our own, for quick runs.
/// </summary>
public static class Presets
{
    private const string Linear = "linear";
    private const string Auxiliary = "fcn";
    private const int DilatedStride = 16;

    private static readonly SortedDictionary<string, Func<int, Head>> WideHeads = new(StringComparer.Ordinal)
    {
        ["deeplabv3"] = width => new DeepLabV3Head(width),
        ["fpn"] = width => new FpnHead(width),
        ["segformer"] = width => new SegformerHead(width),
        ["segformer-mm"] = width => new SegformerHead(width) { Form = SegformerForm.MmSegmentation },
        ["upernet"] = width => new UperNetHead(width),
    };

    private static readonly FrozenDictionary<string, Func<Backbone>> Backbones = new Dictionary<string, Func<Backbone>>(StringComparer.Ordinal)
    {
        ["swin-micro"] = () => Swin(48, [2, 2, 2, 2], [2, 4, 8, 16], 4, 0.1) with { Windowing = SwinWindowing.TorchVision },
        ["swin-tiny"] = () => Swin(96, [2, 2, 6, 2], [3, 6, 12, 24], 7, 0.2),
        ["swin-small"] = () => Swin(96, [2, 2, 18, 2], [3, 6, 12, 24], 7, 0.3),
        ["swin-base"] = () => Swin(128, [2, 2, 18, 2], [4, 8, 16, 32], 7, 0.5),
        ["swinv2-micro"] = () => SwinV2(48, [2, 2, 2, 2], [2, 4, 8, 16], 4),
        ["swinv2-tiny"] = () => SwinV2(96, [2, 2, 6, 2], [3, 6, 12, 24], 8),
        ["swinv2-tiny-window16"] = () => SwinV2(96, [2, 2, 6, 2], [3, 6, 12, 24], 16),
        ["swinv2-small"] = () => SwinV2(96, [2, 2, 18, 2], [3, 6, 12, 24], 8),
        ["swinv2-small-window16"] = () => SwinV2(96, [2, 2, 18, 2], [3, 6, 12, 24], 16),
        ["swinv2-base"] = () => SwinV2(128, [2, 2, 18, 2], [4, 8, 16, 32], 8),
        ["swinv2-base-window16"] = () => SwinV2(128, [2, 2, 18, 2], [4, 8, 16, 32], 16),
        ["swinv2-base-window12"] = () => SwinV2(128, [2, 2, 18, 2], [4, 8, 16, 32], 12),
        ["swinv2-base-window12to16"] = () => SwinV2(128, [2, 2, 18, 2], [4, 8, 16, 32], 16, [12, 12, 12, 6]),
        ["swinv2-base-window12to24"] = () => SwinV2(128, [2, 2, 18, 2], [4, 8, 16, 32], 24, [12, 12, 12, 6]),
        ["swinv2-large-window12"] = () => SwinV2(192, [2, 2, 18, 2], [6, 12, 24, 48], 12),
        ["swinv2-large-window12to16"] = () => SwinV2(192, [2, 2, 18, 2], [6, 12, 24, 48], 16, [12, 12, 12, 6]),
        ["swinv2-large-window12to24"] = () => SwinV2(192, [2, 2, 18, 2], [6, 12, 24, 48], 24, [12, 12, 12, 6]),
        ["mobilevit-micro"] = () => MobileVitBackbone.Published(8, [8, 16, 24, 32, 40], [32, 40, 48], [1, 2, 1], 2, 160),
        ["mobilevit-xxs"] = () => MobileVitBackbone.Published(16, [16, 24, 48, 64, 80], [64, 80, 96], [2, 4, 3], 2, 320),
        ["mobilevit-xs"] = () => MobileVitBackbone.Published(16, [32, 48, 64, 80, 96], [96, 120, 144], [2, 4, 3], 4, 384),
        ["mobilevit-s"] = () => MobileVitBackbone.Published(16, [32, 64, 96, 128, 160], [144, 192, 240], [2, 4, 3], 4, 640),
        ["mobilevitv2-micro"] = () => MobileVitV2Backbone.Published(8, [8, 16, 24, 32, 40], [1, 2, 1]),
        ["mobilevitv2-050"] = () => MobileVitV2Backbone.Scaled(0.5),
        ["mobilevitv2-075"] = () => MobileVitV2Backbone.Scaled(0.75),
        ["mobilevitv2-100"] = () => MobileVitV2Backbone.Scaled(1),
        ["mobilevitv2-125"] = () => MobileVitV2Backbone.Scaled(1.25),
        ["mobilevitv2-150"] = () => MobileVitV2Backbone.Scaled(1.5),
        ["mobilevitv2-175"] = () => MobileVitV2Backbone.Scaled(1.75),
        ["mobilevitv2-200"] = () => MobileVitV2Backbone.Scaled(2),
        ["resnet-micro"] = () => ResNetBackbone.Uniform([16, 32, 64, 96], [1, 1, 1, 1], 16),
        ["resnet-18"] = () => ResNetBackbone.Uniform([64, 128, 256, 512], [2, 2, 2, 2], 64),
        ["resnet-34"] = () => ResNetBackbone.Uniform([64, 128, 256, 512], [3, 4, 6, 3], 64),
        ["resnet-50-micro"] = () => ResNetBackbone.Bottlenecks([64, 96, 128, 160], [1, 2, 1, 1], 16),
        ["resnet-50"] = () => ResNetBackbone.Bottlenecks([256, 512, 1024, 2048], [3, 4, 6, 3], 64),
        ["resnet-101"] = () => ResNetBackbone.Bottlenecks([256, 512, 1024, 2048], [3, 4, 23, 3], 64),
        ["vit-tiny-16"] = () => Vit(192, 3),
        ["vit-small-16"] = () => Vit(384, 6),
        ["vit-base-16"] = () => Vit(768, 12),
        ["deit-tiny"] = () => Vit(192, 3),
        ["deit-small"] = () => Vit(384, 6),
        ["deit-base"] = () => Vit(768, 12),
        ["deit-tiny-distilled"] = () => Vit(192, 3) with { DistillationToken = true },
        ["deit-small-distilled"] = () => Vit(384, 6) with { DistillationToken = true },
        ["deit-base-distilled"] = () => Vit(768, 12) with { DistillationToken = true },
        ["mit-micro"] = () => Mit(16, [1, 1, 1, 1], 0.1),
        ["mit-b0"] = () => Mit(32, [2, 2, 2, 2], 0.1),
        ["mit-b1"] = () => Mit(64, [2, 2, 2, 2], 0.1),
        ["mit-b2"] = () => Mit(64, [3, 4, 6, 3], 0.1),
        ["mit-b3"] = () => Mit(64, [3, 4, 18, 3], 0.1),
        ["mit-b4"] = () => Mit(64, [3, 8, 27, 3], 0.1),
        ["mit-b5"] = () => Mit(64, [3, 6, 40, 3], 0.1),
        ["efficientvit-micro"] = () => EfficientVitBackbone.Published([8, 16, 24, 32, 48], [1, 1, 1, 1, 1], 8, 160, 192),
        ["efficientvit-b0"] = () => EfficientVitBackbone.Published([8, 16, 32, 64, 128], [1, 2, 2, 2, 2], 16, 1024, 1280),
        ["efficientvit-b1"] = () => EfficientVitBackbone.Published([16, 32, 64, 128, 256], [1, 2, 3, 3, 4], 16, 1536, 1600),
        ["efficientvit-b2"] = () => EfficientVitBackbone.Published([24, 48, 96, 192, 384], [1, 3, 4, 4, 6], 32, 2304, 2560),
        ["efficientvit-b3"] = () => EfficientVitBackbone.Published([32, 64, 128, 256, 512], [1, 4, 6, 6, 9], 32, 2304, 2560),
        ["tinyvit-micro"] = () => TinyVitBackbone.Published([16, 32, 48, 64], [1, 1, 1, 1], [1, 2, 3, 4], [4, 4, 8, 4]),
        ["tinyvit-5m"] = () => TinyVitBackbone.Published([64, 128, 160, 320], [2, 2, 6, 2], [2, 4, 5, 10], [7, 7, 14, 7]),
        ["tinyvit-11m"] = () => TinyVitBackbone.Published([64, 128, 256, 448], [2, 2, 6, 2], [2, 4, 8, 14], [7, 7, 14, 7]) with { DropPath = 0.1 },
        ["tinyvit-21m"] = () => TinyVitBackbone.Published([96, 192, 384, 576], [2, 2, 6, 2], [3, 6, 12, 18], [7, 7, 14, 7]) with { DropPath = 0.2 },
        ["tinyvit-21m-384"] = () => TinyVitBackbone.Published([96, 192, 384, 576], [2, 2, 6, 2], [3, 6, 12, 18], [12, 12, 24, 12]) with { DropPath = 0.1 },
        ["tinyvit-21m-512"] = () => TinyVitBackbone.Published([96, 192, 384, 576], [2, 2, 6, 2], [3, 6, 12, 18], [16, 16, 32, 16]) with { DropPath = 0.1 },
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The backbones, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Backbones.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The heads: what may follow the plus sign.</summary>
    public static IReadOnlyList<string> Heads { get; } = [.. WideHeads.Keys.Select(name => $"{name}-WIDTH"), Linear];

    /// <summary>What may follow a further plus sign: a second head that only the training runs.</summary>
    public static IReadOnlyList<string> AuxiliaryHeads { get; } = [$"{Auxiliary}-WIDTH"];

    /// <summary>The architecture of a name or of a file.</summary>
    /// <param name="model"><c>backbone+head</c>, <c>backbone+head+auxiliary</c>, or the path of an architecture.json or of a model's folder.</param>
    /// <param name="classes">Number of classes, also of an architecture from a file.</param>
    /// <exception cref="StageException">An unknown name, or a file that cannot be read.</exception>
    public static Architecture Architecture(string model, int classes)
    {
        if (classes < 1)
            throw new StageException($"{model}: {classes} classes were asked for; at least 1 is needed.");
        var path = Directory.Exists(model) ? Path.Combine(model, TorchModel.ArchitectureFile) : model;
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || File.Exists(path))
        {
            return File.Exists(path)
                ? new Vocabulary().Read<Architecture>(TextFile.Read(path), path) with { Classes = classes }
                : throw new StageException($"{path}: there is no such file. Give the path of an {TorchModel.ArchitectureFile}, or one of the names {Known}.");
        }

        var parts = model.Split('+');
        if (parts.Length is not (2 or 3) || !Backbones.TryGetValue(parts[0], out var backbone))
            throw new StageException($"'{model}' is no known model{Spelling.DidYouMean(parts[0], Names)} Write BACKBONE+HEAD: {Known}; for instance mobilevit-xxs+upernet-64. Or give the path of an {TorchModel.ArchitectureFile}.");
        var head = HeadOf(parts[1], model);
        return new Architecture(Suited(backbone(), head), head, classes) { Auxiliary = parts.Length == 3 ? AuxiliaryOf(parts[2], head, model) : null };
    }

    private static string Known => $"backbones are {string.Join(", ", Names)}; heads are {string.Join(", ", Heads)}";

    // published so: the dilations of DeepLabV3 are meant for a feature at stride 16
    private static Backbone Suited(Backbone backbone, Head head) =>
        head is not DeepLabV3Head ? backbone : backbone switch
        {
            MobileVitBackbone first => first.WithOutputStride(DilatedStride),
            MobileVitV2Backbone second => second.WithOutputStride(DilatedStride),
            _ => backbone,
        };

    private static Head HeadOf(string head, string model)
    {
        if (head == Linear)
            return new LinearHead();
        if (WidthOf(head) is var (name, width) && WideHeads.TryGetValue(name, out var create))
            return create(width);
        throw new StageException($"'{model}': '{head}' is no known head. Known are {string.Join(", ", Heads)}, where WIDTH is the number of channels, such as upernet-64.");
    }

    private static AuxiliaryHead AuxiliaryOf(string name, Head head, string model)
    {
        if (head.ReadsVectors)
            throw new StageException($"'{model}': an auxiliary head learns pixels, but '{Linear}' labels whole pictures. Leave '+{name}' out, or give a head such as upernet-64.");
        return WidthOf(name) is (Auxiliary, var width)
            ? new AuxiliaryHead([width])
            : throw new StageException($"'{model}': '{name}' is no known auxiliary head. Known are {string.Join(", ", AuxiliaryHeads)}, where WIDTH is the number of channels, such as {Auxiliary}-64.");
    }

    private static (string Name, int Width)? WidthOf(string head)
    {
        var dash = head.LastIndexOf('-');
        return dash > 0 && int.TryParse(head.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0 ? (head[..dash], width) : null;
    }

    private static SwinBackbone Swin(int width, int[] depths, int[] heads, int window, double dropPath) =>
        new([.. depths.Select((depth, i) => SwinStage.Uniform(width << i, depth, heads[i], window))]) { DropPath = dropPath };

    private static SwinV2Backbone SwinV2(int width, int[] depths, int[] heads, int window, int[]? pretrained = null) =>
        new([.. depths.Select((depth, i) => SwinV2Stage.Uniform(width << i, depth, heads[i], window) with { PretrainedWindow = pretrained?[i] ?? 0 })]) { DropPath = 0.2 };

    private static MitBackbone Mit(int width, int[] depths, double dropPath) => MitBackbone.Published([width, 2 * width, 5 * width, 8 * width], depths, [1, 2, 5, 8]) with { DropPath = dropPath };

    private static VitBackbone Vit(int width, int heads) => new(width, TransformerBlock.Uniform(width, 12, heads)) { DropPath = 0.1 };
}
