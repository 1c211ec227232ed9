using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>All values inside a record of options, with their path in JSON names.</summary>
internal static class RecordWalk
{
    public static IEnumerable<(string Path, object Value)> Of(object record) => Of(record, string.Empty);

    private static IEnumerable<(string Path, object Value)> Of(object record, string prefix)
    {
        foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0 || property.GetCustomAttribute<JsonIgnoreAttribute>() is not null)
                continue;
            if (property.GetValue(record) is { } value)
            {
                foreach (var found in Inside(value, prefix + JsonNamingPolicy.CamelCase.ConvertName(property.Name)))
                    yield return found;
            }
        }
    }

    private static IEnumerable<(string Path, object Value)> Inside(object value, string path)
    {
        yield return (path, value);
        if (value is string or ArtifactReference)
            yield break;
        if (value is IEnumerable items)
        {
            var index = 0;
            foreach (var item in items)
            {
                if (item is null)
                    continue;
                foreach (var found in Inside(item, $"{path}[{index++}]"))
                    yield return found;
            }
        }
        else if (value.GetType() is { IsPrimitive: false, IsEnum: false } type && type.Namespace?.StartsWith(nameof(Niwaki), StringComparison.Ordinal) == true)
        {
            foreach (var found in Of(value, path + "."))
                yield return found;
        }
    }
}
