using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Niwaki.Edge;

/// <summary>Metrics as OpenTelemetry's collectors read them: OTLP 1.x, JSON, cumulative.</summary>
internal static class OtlpJson
{
    private const int Cumulative = 2;

    /// <summary>A request to export.</summary>
    /// <param name="families">What is told.</param>
    /// <param name="resource">Who tells it.</param>
    /// <param name="since">The program's start.</param>
    /// <param name="now">When the numbers were read.</param>
    public static byte[] Write(IEnumerable<MetricFamily> families, IReadOnlyList<KeyValuePair<string, string>> resource, DateTimeOffset since, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(16 << 10);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("resourceMetrics");
            json.WriteStartObject();
            json.WriteStartObject("resource");
            Attributes(json, resource);
            json.WriteEndObject();
            json.WriteStartArray("scopeMetrics");
            json.WriteStartObject();
            json.WriteStartObject("scope");
            json.WriteString("name", "niwaki-edge");
            json.WriteString("version", EdgeSession.Version);
            json.WriteEndObject();
            json.WriteStartArray("metrics");
            foreach (var family in families.Where(family => family.Points.Count > 0))
                Family(json, family, family.Since ?? since, now);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Family(Utf8JsonWriter json, MetricFamily family, DateTimeOffset since, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString("name", family.Name);
        json.WriteString("description", family.Help);
        json.WriteString("unit", family.Unit);
        json.WriteStartObject(family.Kind switch { MetricKind.Gauge => "gauge", MetricKind.Counter => "sum", _ => "histogram" });
        if (family.Kind != MetricKind.Gauge)
            json.WriteNumber("aggregationTemporality", Cumulative);
        if (family.Kind == MetricKind.Counter)
            json.WriteBoolean("isMonotonic", true);
        json.WriteStartArray("dataPoints");
        foreach (var point in family.Points)
        {
            json.WriteStartObject();
            Attributes(json, point.Labels);
            if (family.Kind != MetricKind.Gauge)
                json.WriteString("startTimeUnixNano", Nanoseconds(since));
            json.WriteString("timeUnixNano", Nanoseconds(now));
            Value(json, family.Kind, point);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter json, MetricKind kind, MetricPoint point)
    {
        switch (kind)
        {
            case MetricKind.Gauge:
                json.WriteNumber("asDouble", point.Value);
                break;
            case MetricKind.Counter:
                json.WriteString("asInt", Text((long)point.Value));
                break;
            default:
                json.WriteString("count", Text(point.Counts.Sum()));
                json.WriteNumber("sum", point.Value);
                json.WriteStartArray("bucketCounts");
                foreach (var count in point.Counts)
                    json.WriteStringValue(Text(count));
                json.WriteEndArray();
                json.WriteStartArray("explicitBounds");
                foreach (var limit in point.Limits)
                    json.WriteNumberValue(limit);
                json.WriteEndArray();
                break;
        }
    }

    private static void Attributes(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, string>> labels)
    {
        json.WriteStartArray("attributes");
        foreach (var (key, value) in labels)
        {
            json.WriteStartObject();
            json.WriteString("key", key);
            json.WriteStartObject("value");
            json.WriteString("stringValue", value);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // 64-bit numbers are text in OTLP's JSON
    private static string Nanoseconds(DateTimeOffset time) => Text((time - DateTimeOffset.UnixEpoch).Ticks * 100);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
