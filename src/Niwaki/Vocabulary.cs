using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Niwaki;

/// <summary>
/// The assemblies whose records a program knows, and the JSON that follows from them: every abstract record is written with
/// its catalog name under <c>"kind"</c>; names are camelCase; comments and trailing commas are allowed; an unknown key is an error.
/// </summary>
public sealed class Vocabulary
{
    private readonly Assembly[] assemblies;
    private readonly ConcurrentDictionary<Type, FrozenDictionary<string, Type>> catalogs = new();

    /// <summary>The core's assembly and <paramref name="assemblies"/>.</summary>
    public Vocabulary(params IEnumerable<Assembly> assemblies)
    {
        this.assemblies = [.. assemblies.Append(typeof(Vocabulary).Assembly).Distinct()];
        Json = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            AllowOutOfOrderMetadataProperties = true,
            AllowTrailingCommas = true,
            ReadCommentHandling = JsonCommentHandling.Skip,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            NumberHandling = JsonNumberHandling.Strict,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { AddKinds, OmitNulls } },
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false), new ValueListConverter(), new BytesConverter(), new MacsConverter(), new JoulesConverter(), new DurationConverter(), new ArtifactReferenceConverter() },
        };
        Json.MakeReadOnly();
    }

    /// <summary>The one set of JSON options for everything that is written and read.</summary>
    public JsonSerializerOptions Json { get; }

    /// <summary>The concrete types below <paramref name="root"/>, by name.</summary>
    public FrozenDictionary<string, Type> Catalog(Type root) => catalogs.GetOrAdd(root, type => Niwaki.Catalog.Of(type, assemblies));

    /// <summary>Reads JSON of a user's file.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">Not JSON, an unknown key or kind, or a value of the wrong type.</exception>
    public T Read<T>(string json, string where)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(json, Json) ?? throw new StageException($"{where}: holds 'null' where a {Niwaki.Catalog.Kebab(typeof(T).Name)} is expected.");
        }
        catch (Exception problem) when (problem is JsonException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new StageException($"{where}: {problem.Message}", problem);
        }
    }

    /// <summary>Writes JSON.</summary>
    public string Write<T>(T value) => JsonSerializer.Serialize(value, Json);

    // null is written only where it says something: where it is not the default, or where the constructor asks for it
    private void OmitNulls(JsonTypeInfo info)
    {
        if (info.Kind != JsonTypeInfoKind.Object)
            return;
        var ours = assemblies.Contains(info.Type.Assembly);
        var required = ours ? RecordDefaults.Required(info.Type) : [];
        var defaults = ours ? RecordDefaults.Of(info.Type) : null;
        foreach (var property in info.Properties)
        {
            // what a stage computes is no option of it
            if (property.Set is null && typeof(Stage).IsAssignableFrom(info.Type))
                property.ShouldSerialize = (_, _) => false;
            else if (property.Set is null || property.AttributeProvider is not PropertyInfo member || !(required.Contains(member.Name) || (defaults is not null && member.GetValue(defaults) is not null)))
                property.ShouldSerialize = (_, value) => value is not null;
        }
    }

    private void AddKinds(JsonTypeInfo info)
    {
        if (!info.Type.IsAbstract || info.Type.IsInterface || !assemblies.Contains(info.Type.Assembly))
            return;
        var kinds = Catalog(info.Type);
        if (kinds.Count == 0)
            return;
        info.PolymorphismOptions = new JsonPolymorphismOptions { TypeDiscriminatorPropertyName = "kind", UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization };
        foreach (var (name, type) in kinds.OrderBy(kind => kind.Key, StringComparer.Ordinal))
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
    }
}
