using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>Names inside of a bundle: few enough letters that every file system takes them and none of them leads outside.</summary>
internal static partial class BundlePath
{
    /// <summary>What the tar header has room for without extensions.</summary>
    public const int MaxLength = 100;

    /// <summary>Why a name cannot be used; <see langword="null"/> where it can.</summary>
    public static string? Problem(string name)
    {
        if (name.Length is 0 or > MaxLength)
            return $"has {name.Length} characters; 1 to {MaxLength} are allowed";
        if (name[0] == '/')
            return "is an absolute path";
        if (name.Split('/').Any(part => part is "." or ".."))
            return "leads out of its folder";
        return Names().IsMatch(name) ? null : "is no plain name (parts of A-Z, a-z, 0-9, '.', '-' and '_', joined by '/', none of them beginning with '.' or '-')";
    }

    /// <summary>The folders that a file lies in.</summary>
    public static IEnumerable<string> Parents(string name)
    {
        for (var at = name.IndexOf('/', StringComparison.Ordinal); at >= 0; at = name.IndexOf('/', at + 1))
            yield return name[..at];
    }

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*\z")]
    private static partial Regex Names();
}
