using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>Hugging Face transformers' ResNet.</summary>
public sealed record HuggingFaceResNetNaming : Naming
{
    private const string Root = @"(?:resnet\.)?";
    private const string Block = Root + @"encoder\.stages\.(\d+)\.layers\.(\d+)\.";
    private const string Norm = "(convolution|normalization)";

    /// <inheritdoc/>
    protected internal override Preprocess PreprocessOf(Architecture architecture, string? preset) =>
        base.PreprocessOf(architecture, preset) with { Interpolation = architecture.Head.ReadsVectors ? Interpolation.Bicubic : Interpolation.Bilinear };

    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer(Root + @"embedder\.embedder\." + Norm, match => $"backbone.stem.{Part(match, 1)}"),
        NameRule.Layer(Block + @"layer\.(\d+)\." + Norm, match => $"{Ours(match)}.conv{int.Parse(match.Groups[3].Value) + 1}.{Part(match, 4)}"),
        NameRule.Layer(Block + @"shortcut\." + Norm, match => $"{Ours(match)}.downsample.{Part(match, 3)}"),
        NameRule.Layer(@"classifier\.1", "head.fc"),
    ];

    private static string Ours(Match match) => match.Result("backbone.stages.$1.blocks.$2");

    private static string Part(Match match, int group) => match.Groups[group].Value == "convolution" ? "conv" : "bn";
}
