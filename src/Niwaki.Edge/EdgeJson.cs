using System.Text.Json;
using System.Text.Json.Serialization;

namespace Niwaki.Edge;

/// <summary>The JSON that the program writes, made when it is compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(FrameLine))]
internal sealed partial class EdgeJson : JsonSerializerContext
{
    private static readonly EdgeJson Readable = new(new JsonSerializerOptions(Default.Options) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>One line, with letters as they are.</summary>
    public static byte[] Write(FrameLine line) => JsonSerializer.SerializeToUtf8Bytes(line, Readable.FrameLine);
}
