using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>A <see cref="ValueList{T}"/> is a JSON array.</summary>
internal sealed class ValueListConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ValueList<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Typed<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Typed<T> : JsonConverter<ValueList<T>>
    {
        public override ValueList<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            JsonSerializer.Deserialize<T[]>(ref reader, options)! is var items && items.Any(item => item is null)
                ? throw new JsonException("a list holds null.")
                : new(items);

        public override void Write(Utf8JsonWriter writer, ValueList<T> value, JsonSerializerOptions options) =>
            JsonSerializer.Serialize(writer, value.ToArray(), options);
    }
}

/// <summary>Bytes are written as a number and read as a number or as text with a unit.</summary>
internal sealed class BytesConverter : JsonConverter<Bytes>
{
    public override Bytes Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return new Bytes(reader.GetInt64());
        return reader.TokenType == JsonTokenType.String && Bytes.TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException("a size is a number of bytes or text such as \"250 MB\" or \"4 GiB\".");
    }

    public override void Write(Utf8JsonWriter writer, Bytes value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>Multiply-accumulates are a number.</summary>
internal sealed class MacsConverter : JsonConverter<Macs>
{
    public override Macs Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

    public override void Write(Utf8JsonWriter writer, Macs value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>Joules are a number.</summary>
internal sealed class JoulesConverter : JsonConverter<Joules>
{
    public override Joules Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetDouble());

    public override void Write(Utf8JsonWriter writer, Joules value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
}

/// <summary>A duration is written in seconds and read in seconds or as text with a unit.</summary>
internal sealed class DurationConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number)
            return Of(reader.GetDouble());
        return reader.TokenType == JsonTokenType.String && TryParse(reader.GetString()!, out var value)
            ? value
            : throw new JsonException("a duration is a number of seconds or text such as \"30 ms\", \"90 s\", \"5 min\" or \"2 h\".");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue(value.TotalSeconds);

    public static bool TryParse(string text, out TimeSpan value)
    {
        value = default;
        text = text.Trim();
        var end = text.Length;
        while (end > 0 && char.IsAsciiLetter(text[end - 1]))
            end--;
        if (!double.TryParse(text[..end].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number) || number < 0)
            return false;
        double? seconds = text[end..] switch { "us" => 1e-6, "ms" => 1e-3, "s" or "" => 1, "min" => 60, "h" => 3600, _ => null };
        if (seconds is null || number * seconds > TimeSpan.MaxValue.TotalSeconds / 2)
            return false;
        value = Of(number * seconds.Value);
        return true;
    }

    // FromSeconds cuts off what a double lacks to a whole tick: what was written came back a tick shorter, each time
    private static TimeSpan Of(double seconds)
    {
        var cut = TimeSpan.FromSeconds(seconds);
        return cut.Ticks < 1L << 50 ? new TimeSpan((long)Math.Round(seconds * TimeSpan.TicksPerSecond)) : cut;
    }
}

/// <summary>A reference is its text.</summary>
internal sealed class ArtifactReferenceConverter : JsonConverter<ArtifactReference>
{
    public override ArtifactReference Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("an artifact is named by a step of the recipe or by a folder."));

    public override void Write(Utf8JsonWriter writer, ArtifactReference value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
