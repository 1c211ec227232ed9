using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>One class of a dataset. Its index is its place in the list of classes.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Color">For overlays and reports, <c>#rrggbb</c>.</param>
public sealed partial record ClassInfo(string Name, string Color)
{
    /// <summary>The list itself, where every class has a name of its own and a colour.</summary>
    /// <param name="classes">In the order of their indices.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">Empty, a name twice, or no colour.</exception>
    public static IReadOnlyList<ClassInfo> Checked(IReadOnlyList<ClassInfo> classes, string where)
    {
        if (classes.Count < 1 || classes.Any(item => item is null))
            throw new StageException($"{where}: lists {(classes.Count < 1 ? "0 classes" : "null as a class")}, but a name and a colour of each class are needed.");
        if (classes.GroupBy(item => item.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new StageException($"{where}: lists '{twice.Key}' {twice.Count()} times. Give each class a name of its own.");
        return classes.FirstOrDefault(item => !Hexadecimal().IsMatch(item.Color)) is { } wrong
            ? throw new StageException($"{where}: the colour of '{wrong.Name}' is '{wrong.Color}', but something like \"#2f6fde\" is needed.")
            : classes;
    }

    [GeneratedRegex("^#[0-9a-fA-F]{6}\\z")]
    private static partial Regex Hexadecimal();
}
