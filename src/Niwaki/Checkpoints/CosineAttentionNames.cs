using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>What the attention of a Swin v2 has beside that of a Swin v1; libraries kept the original names, but for Hugging Face's of the MLP.</summary>
internal static class CosineAttentionNames
{
    private const string Mlp = "(?:cpb_mlp|continuous_position_bias_mlp)";

    /// <summary>Rules for one library.</summary>
    /// <param name="attention">Matches the attention's name and the dot after it.</param>
    /// <param name="ours">What it is called here.</param>
    public static IReadOnlyList<NameRule> Of(string attention, Func<Match, string> ours) =>
    [
        NameRule.Tensor(attention + "logit_scale", match => $"{ours(match)}.logit_scale"),
        NameRule.Tensor(attention + "(?<part>q|v)_bias", match => $"{ours(match)}.{match.Groups["part"].Value}.bias"),
        NameRule.Tensor(attention + Mlp + @"\.0\.weight", match => $"{ours(match)}.position_weight1"),
        NameRule.Tensor(attention + Mlp + @"\.0\.bias", match => $"{ours(match)}.position_bias1"),
        NameRule.Tensor(attention + Mlp + @"\.2\.weight", match => $"{ours(match)}.position_weight2"),
    ];
}
