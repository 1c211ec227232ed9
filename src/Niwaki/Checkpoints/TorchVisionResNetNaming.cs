using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>torchvision's ResNet, whose names timm kept.</summary>
public sealed record TorchVisionResNetNaming : Naming
{
    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } =
    [
        NameRule.Layer("conv1", "backbone.stem.conv"),
        NameRule.Layer("bn1", "backbone.stem.bn"),
        NameRule.Layer(@"layer(\d+)\.(\d+)\.(conv|bn)(1|2|3)", match => $"{Block(match)}.conv{match.Groups[4].Value}.{match.Groups[3].Value}"),
        NameRule.Layer(@"layer(\d+)\.(\d+)\.downsample\.0", match => $"{Block(match)}.downsample.conv"),
        NameRule.Layer(@"layer(\d+)\.(\d+)\.downsample\.1", match => $"{Block(match)}.downsample.bn"),
        NameRule.Layer("fc", "head.fc"),
    ];

    private static string Block(Match match) => $"backbone.stages.{int.Parse(match.Groups[1].Value) - 1}.blocks.{match.Groups[2].Value}";
}
