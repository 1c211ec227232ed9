using System.Text.RegularExpressions;

namespace Niwaki.Onnx;

/// <summary>Names with <c>*</c> for any text and <c>?</c> for any character.</summary>
internal sealed class NamePatterns(IEnumerable<string> patterns)
{
    private readonly (string Pattern, Regex Matcher)[] all =
        [.. patterns.Select(pattern => (pattern, new Regex("^" + Regex.Escape(pattern).Replace("\\*", ".*").Replace("\\?", ".") + "$", RegexOptions.CultureInvariant | RegexOptions.Singleline)))];

    /// <summary>The first pattern that a name matches.</summary>
    public string? Matching(string name) => all.FirstOrDefault(each => each.Matcher.IsMatch(name)).Pattern;
}
