using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Niwaki.Cli;

/// <summary>The XML documentation that lies beside an assembly, as plain text: help on the command line, descriptions in the schema.</summary>
internal static partial class Documentation
{
    private static readonly ConcurrentDictionary<Assembly, IReadOnlyDictionary<string, XElement>> Files = new();

    /// <summary>A type's summary.</summary>
    public static string Of(Type type) => Text(Member(type, $"T:{Id(type)}")?.Element("summary"));

    /// <summary>A property's summary; for one from a record's constructor, its parameter's text.</summary>
    public static string Of(PropertyInfo property)
    {
        var declaring = property.DeclaringType!;
        var own = Text(Member(declaring, $"P:{Id(declaring)}.{property.Name}")?.Element("summary"));
        return own.Length > 0 ? own : Text(Member(declaring, $"T:{Id(declaring)}")?.Elements("param").FirstOrDefault(param => param.Attribute("name")?.Value == property.Name));
    }

    /// <summary>An enum value's summary.</summary>
    public static string Of(Type type, string value) => Text(Member(type, $"F:{Id(type)}.{value}")?.Element("summary"));

    private static string Id(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static XElement? Member(Type type, string id) => Files.GetOrAdd(type.Assembly, Load).GetValueOrDefault(id);

    private static Dictionary<string, XElement> Load(Assembly assembly)
    {
        var path = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
        return File.Exists(path)
            ? XDocument.Load(path).Descendants("member").Where(member => member.Attribute("name") is not null).DistinctBy(member => member.Attribute("name")!.Value).ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal)
            : [];
    }

    private static string Text(XElement? element) => element is null ? string.Empty : Spaces().Replace(string.Concat(element.Nodes().Select(Text)), " ").Trim();

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "seealso" } see => see.Attribute("langword")?.Value ?? Short(see.Attribute("cref")?.Value) ?? see.Attribute("href")?.Value ?? see.Value,
        XElement { Name.LocalName: "paramref" or "typeparamref" } reference => Camel(reference.Attribute("name")?.Value ?? string.Empty),
        XElement other => string.Concat(other.Nodes().Select(Text)),
        _ => string.Empty,
    };

    // P:Niwaki.Budget.MinDice is minDice, T:Niwaki.Budget is Budget
    private static string? Short(string? reference)
    {
        if (reference is null)
            return null;
        var name = reference.Split('(')[0];
        name = name[(name.LastIndexOf('.') + 1)..];
        return reference.StartsWith("P:", StringComparison.Ordinal) ? Camel(name) : name;
    }

    private static string Camel(string name) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(name);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
