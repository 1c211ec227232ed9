using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki.Edge;

/// <summary>The JSON that the program writes, made when it is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(BytesConverter)])]
[JsonSerializable(typeof(FrameLine))]
[JsonSerializable(typeof(SelfTestReport))]
[JsonSerializable(typeof(BenchReport))]
internal sealed partial class EdgeJson : JsonSerializerContext
{
    // letters of every language as they are
    private static readonly EdgeJson Line = new(Rules(indented: false));
    private static readonly EdgeJson Page = new(Rules(indented: true));

    /// <summary>One line without its end.</summary>
    public static byte[] Write(FrameLine line) => JsonSerializer.SerializeToUtf8Bytes(line, Line.FrameLine);

    /// <summary>For people and for programs.</summary>
    public static string Write(SelfTestReport report) => JsonSerializer.Serialize(report, Page.SelfTestReport) + "\n";

    /// <summary>For people and for programs.</summary>
    public static string Write(BenchReport report) => JsonSerializer.Serialize(report, Page.BenchReport) + "\n";

    private static JsonSerializerOptions Rules(bool indented) => new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = indented,
        Converters = { new BytesConverter() },
    };
}
