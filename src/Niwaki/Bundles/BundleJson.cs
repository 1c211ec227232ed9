using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Niwaki;

/// <summary>
/// The JSON of bundles and of the watch on a device. It is generated when Niwaki is compiled, since the program on the device is compiled
/// ahead of time and cannot look at types while it runs; the rules are those of <see cref="Vocabulary"/>.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    WriteIndented = true,
    NewLine = "\n",
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    Converters = [
        typeof(BytesConverter), typeof(JoulesConverter), typeof(DurationConverter),
        typeof(KebabConverter<ResizeMode>), typeof(KebabConverter<Interpolation>), typeof(KebabConverter<ChannelOrder>), typeof(KebabConverter<BundleModelUse>), typeof(KebabConverter<DriftStatistic>),
        typeof(ListConverter<float>), typeof(ListConverter<ValueList<float>>), typeof(ListConverter<ClassInfo>), typeof(ListConverter<LineageStep>), typeof(ListConverter<BundleModel>), typeof(ListConverter<BundleFile>), typeof(ListConverter<GoldenPicture>),
        typeof(ListConverter<double>), typeof(ListConverter<long>), typeof(ListConverter<Moments>), typeof(ListConverter<FrameStatistics>), typeof(ListConverter<DriftThreshold>), typeof(ListConverter<DriftValue>),
        typeof(ListConverter<DriftWindow>), typeof(ListConverter<DriftAlarm>), typeof(ListConverter<DriftSample>),
    ])]
[JsonSerializable(typeof(BundleManifest))]
[JsonSerializable(typeof(DriftReference))]
[JsonSerializable(typeof(DriftState))]
internal sealed partial class BundleJson : JsonSerializerContext
{
    /// <summary>The generated readers and writers.</summary>
    public static BundleJson Words => Default;

    /// <summary>Reads JSON from outside.</summary>
    /// <exception cref="StageException">Not JSON, an unknown key, or a value of the wrong type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string where)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new StageException($"{where}: holds 'null' where a {Catalog.Kebab(typeof(T).Name)} is expected.");
        }
        catch (Exception problem) when (problem is JsonException or NotSupportedException or ArgumentException or OverflowException or InvalidOperationException or FormatException)
        {
            throw new StageException($"{where}: {problem.Message}", problem);
        }
    }

    /// <summary>Writes JSON with a line end.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => [.. JsonSerializer.SerializeToUtf8Bytes(value, type), (byte)'\n'];

    /// <summary>The version that a file says it has, before anything else of it is read.</summary>
    /// <exception cref="StageException">Not JSON, or without a version.</exception>
    public static int SchemaOf(ReadOnlySpan<byte> json, string where)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("schema", out var schema) && schema.ValueKind == JsonValueKind.Number && schema.TryGetInt32(out var number))
                return number;
        }
        catch (JsonException problem)
        {
            throw new StageException($"{where}: is not JSON ({problem.Message}). It is cut or damaged: copy it again.", problem);
        }

        throw new StageException($"{where}: does not say its layout (\"schema\": a number). It is another file, or damaged: copy it again.");
    }
}
