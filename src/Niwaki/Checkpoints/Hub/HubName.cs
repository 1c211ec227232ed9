using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>A model on a hub.</summary>
/// <param name="Owner">Of the repository.</param>
/// <param name="Name">Of the repository.</param>
/// <param name="Revision">A branch, a tag or a commit.</param>
internal sealed partial record HubName(string Owner, string Name, string Revision)
{
    public static HubName Parse(string text)
    {
        var match = Pattern().Match(text);
        return match.Success && !text.Contains("..", StringComparison.Ordinal)
            ? new HubName(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Success ? match.Groups[3].Value : "main")
            : throw new StageException($"'hf:{text}' names no model. Write hf:OWNER/NAME, such as hf:microsoft/swin-tiny-patch4-window7-224, with @REVISION behind it where another than main is meant.");
    }

    /// <summary>The repository.</summary>
    public string Repository => $"{Owner}/{Name}";

    /// <inheritdoc/>
    public override string ToString() => $"hf:{Repository}{(Revision == "main" ? string.Empty : $"@{Revision}")}";

    [GeneratedRegex(@"^([A-Za-z0-9][A-Za-z0-9._-]{0,95})/([A-Za-z0-9][A-Za-z0-9._-]{0,95})(?:@([A-Za-z0-9][A-Za-z0-9._-]{0,95}))?\z")]
    private static partial Regex Pattern();
}
