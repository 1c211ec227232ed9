using System.Collections.Frozen;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>
/// The concrete records below a root type, by name: the type's name without its root's, in kebab-case
/// (<c>TaylorImportance</c> below <c>Importance</c> is <c>taylor</c>). To add one is to add a file; nothing is registered.
/// </summary>
public static partial class Catalog
{
    /// <summary>All concrete types below <paramref name="root"/> in <paramref name="assemblies"/>.</summary>
    /// <exception cref="ArgumentException">Two types have one name.</exception>
    public static FrozenDictionary<string, Type> Of(Type root, params IEnumerable<Assembly> assemblies)
    {
        var found = new Dictionary<string, Type>(StringComparer.Ordinal);
        foreach (var type in assemblies.Distinct().SelectMany(assembly => assembly.GetTypes()))
        {
            if (type.IsAbstract || type.IsGenericTypeDefinition || !root.IsAssignableFrom(type))
                continue;
            var name = NameOf(type, root);
            if (!found.TryAdd(name, type))
                throw new ArgumentException($"{type.FullName} and {found[name].FullName} are both '{name}' below {root.Name}: rename one.", nameof(assemblies));
        }

        return found.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The name of one type below its root.</summary>
    public static string NameOf(Type type, Type root)
    {
        var name = type.Name;
        if (name.Length > root.Name.Length && name.EndsWith(root.Name, StringComparison.Ordinal))
            name = name[..^root.Name.Length];
        return Kebab(name);
    }

    /// <summary><c>KeepMacs</c> becomes <c>keep-macs</c>: names on the command line.</summary>
    public static string Kebab(string name) => WordBoundary().Replace(name.Replace("IoU", "Iou", StringComparison.Ordinal), "-").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex WordBoundary();
}
