using System.CommandLine;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Niwaki.Cli;

/// <summary>The options of a stage's command, made from its record: a property is an option, in kebab-case; one of a record inside it follows after a dot.</summary>
internal sealed class StageOptions
{
    private readonly Vocabulary vocabulary;
    private readonly Type stage;
    private readonly StageOption? subject;

    public StageOptions(Type stage, Vocabulary vocabulary)
    {
        (this.stage, this.vocabulary) = (stage, vocabulary);
        All = [.. Of(stage, [], RecordDefaults.Of(stage), depth: 0)];
        // what a stage that starts from nothing begins with needs no name: niwaki import swin.pth
        if (stage.BaseType is { IsGenericType: true } kinds && kinds.GenericTypeArguments[0] == typeof(Nothing) && All.Where(option => option.Option.Required).ToArray() is [var only] && only.Property.PropertyType == typeof(string))
        {
            only.Option.Required = false;
            Subject = new Argument<string?>(Catalog.Kebab(only.Property.Name)) { Description = only.Option.Description, Arity = ArgumentArity.ZeroOrOne };
            subject = only;
        }
    }

    /// <summary>The one thing that has to be given, without its name.</summary>
    public Argument<string?>? Subject { get; }

    public IReadOnlyList<StageOption> All { get; }

    /// <summary>The stage that the command line describes.</summary>
    /// <exception cref="UsageException">A value is wrong.</exception>
    public Stage Read(ParseResult parsed)
    {
        var json = new JsonObject();
        // a record as a whole first, then its parts
        foreach (var option in All.OrderBy(option => option.Path.Count))
        {
            if (parsed.GetResult(option.Option) is not { Implicit: false } given)
                continue;
            var node = OptionValue.Read(option.Option.Name, [.. given.Tokens.Select(token => token.Value)], option.Property.PropertyType, vocabulary);
            var place = json;
            foreach (var key in option.Path.Take(option.Path.Count - 1))
                place = (JsonObject)(place[key] ??= new JsonObject());
            place[option.Path[^1]] = node;
        }

        if (subject is not null)
        {
            var (name, given) = (subject.Option.Name, parsed.GetValue(Subject!));
            if ((given is null) == (parsed.GetResult(subject.Option) is null))
                throw new UsageException(given is null ? $"{name} is missing: {subject.Option.Description}" : $"{name} is given twice, with its name and without.");
            if (given is not null)
                json[subject.Path[0]] = given;
        }

        try
        {
            return (Stage)json.Deserialize(stage, vocabulary.Json)!;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            throw new UsageException(JsonKeys.Plain(problem.Message));
        }
    }

    private IEnumerable<StageOption> Of(Type record, ValueList<string> prefix, object? defaults, int depth)
    {
        var required = RecordDefaults.Required(record);
        foreach (var property in Properties(record))
        {
            ValueList<string> path = [.. prefix, JsonNamingPolicy.CamelCase.ConvertName(property.Name)];
            var value = defaults is null ? null : property.GetValue(defaults);
            var name = "--" + string.Join('.', path.Select((_, index) => index == path.Count - 1 ? Catalog.Kebab(property.Name) : Catalog.Kebab(path[index])));
            var isRequired = depth == 0 && required.Contains(property.Name);
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var list = JsonKeys.ElementOf(type) is not null;
            var option = new Option<string[]>(name)
            {
                Description = Describe(property, required.Contains(property.Name) ? null : value),
                HelpName = Placeholder(type),
                Required = isRequired,
                Arity = type == typeof(bool) ? ArgumentArity.ZeroOrOne : list ? ArgumentArity.OneOrMore : ArgumentArity.ExactlyOne,
                AllowMultipleArgumentsPerToken = list,
                CustomParser = given => [.. given.Tokens.Select(token => token.Value)],
            };
            yield return new StageOption(option, path, property);
            if (depth < 2 && IsPlainRecord(type) && !isRequired)
            {
                foreach (var inner in Of(type, path, value ?? RecordDefaults.Of(type), depth + 1))
                    yield return inner;
            }
        }
    }

    internal static IEnumerable<PropertyInfo> Properties(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.SetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0 && property.GetCustomAttribute<JsonIgnoreAttribute>() is null);

    internal static bool IsPlainRecord(Type type) =>
        type is { IsClass: true, IsAbstract: false, IsGenericType: false } && type != typeof(string) && type != typeof(ArtifactReference)
        && !typeof(Stage).IsAssignableFrom(type) && type.Namespace?.StartsWith(nameof(Niwaki), StringComparison.Ordinal) == true;

    private string Describe(PropertyInfo property, object? value)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var element = JsonKeys.ElementOf(type) ?? type;
        var text = Documentation.Of(property);
        if (element.IsAbstract)
            text += $" One of {string.Join(", ", vocabulary.Catalog(element).Keys.Order(StringComparer.Ordinal))}.";
        if (element.IsEnum)
            text += $" {char.ToUpperInvariant(JsonKeys.Words(element)[0])}{JsonKeys.Words(element)[1..]}.";
        var shown = value is null || IsPlainRecord(type) ? null : Show(value, property.PropertyType);
        return shown is null ? text : $"{text} [{shown}]";
    }

    private string? Show(object value, Type type)
    {
        if (value is string or ArtifactReference or Bytes or TimeSpan)
            return value is TimeSpan time ? $"{time.TotalSeconds:0.###} s" : value.ToString();
        try
        {
            if (type.IsAbstract && value.Equals(RecordDefaults.Of(value.GetType())))
                return Catalog.NameOf(value.GetType(), type);
            if (JsonKeys.ElementOf(type) is { IsAbstract: true } element)
                return string.Join(", ", ((System.Collections.IEnumerable)value).Cast<object>().Select(item => Show(item, element))) is { Length: > 0 } items ? items : null;
            var json = JsonSerializer.SerializeToNode(value, type, vocabulary.Json)!.ToJsonString().Trim('"');
            return json.Length is 0 or > 100 ? null : json;
        }
        catch (Exception problem) when (problem is NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    private static string Placeholder(Type type) => type switch
    {
        _ when type == typeof(bool) => "true|false",
        _ when type == typeof(int) || type == typeof(long) || type == typeof(Macs) => "n",
        _ when type == typeof(double) || type == typeof(float) || type == typeof(Joules) => "number",
        _ when type == typeof(string) => "text",
        _ when type == typeof(TimeSpan) => "time",
        _ when type == typeof(Bytes) => "size",
        _ when type == typeof(ArtifactReference) => "folder",
        _ when type.IsEnum => "name",
        _ when JsonKeys.ElementOf(type) is { } element => Placeholder(element) + "...",
        _ when type.IsAbstract => "kind|json",
        _ => "json",
    };
}
