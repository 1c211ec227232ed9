using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki.Edge;

/// <summary>The JSON that the program writes, made when it is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(BytesConverter)])]
[JsonSerializable(typeof(FrameLine))]
[JsonSerializable(typeof(SelfTestReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(DriftNotice))]
[JsonSerializable(typeof(KeptFrame))]
[JsonSerializable(typeof(SegmentAnswer))]
[JsonSerializable(typeof(ModelAnswer))]
[JsonSerializable(typeof(DriftAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
internal sealed partial class EdgeJson : JsonSerializerContext
{
    // letters of every language as they are
    private static readonly EdgeJson Line = new(Rules(indented: false));
    private static readonly EdgeJson Page = new(Rules(indented: true));

    /// <summary>One line without its end.</summary>
    public static byte[] Write(FrameLine line) => JsonSerializer.SerializeToUtf8Bytes(line, Line.FrameLine);

    /// <summary>One object.</summary>
    public static byte[] Write(DriftNotice notice) => JsonSerializer.SerializeToUtf8Bytes(notice, Line.DriftNotice);

    /// <summary>One object.</summary>
    public static byte[] Write(KeptFrame note) => JsonSerializer.SerializeToUtf8Bytes(note, Page.KeptFrame);

    /// <summary>One object.</summary>
    public static byte[] Write(SegmentAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Line.SegmentAnswer);

    /// <summary>One object.</summary>
    public static byte[] Write(ModelAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Line.ModelAnswer);

    /// <summary>One object.</summary>
    public static byte[] Write(DriftAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Line.DriftAnswer);

    /// <summary>One object.</summary>
    public static byte[] Write(ProblemAnswer answer) => JsonSerializer.SerializeToUtf8Bytes(answer, Line.ProblemAnswer);

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
