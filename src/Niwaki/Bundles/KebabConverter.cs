using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>Choices are words in kebab-case.</summary>
internal sealed class KebabConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
