using System.Text.Json;

namespace Niwaki;

/// <summary>What a folder of Hugging Face transformers or timm says about its checkpoint.</summary>
/// <param name="Config"><c>config.json</c>.</param>
/// <param name="Preprocessor"><c>preprocessor_config.json</c>.</param>
internal sealed record FolderDescription(JsonElement? Config, JsonElement? Preprocessor)
{
    public const string ConfigFile = "config.json";
    public const string PreprocessorFile = "preprocessor_config.json";

    private const int Cubic = 3;
    private const int Nearest = 0;

    public static FolderDescription Of(string? folder) => folder is null ? new FolderDescription(null, null) : new FolderDescription(Read(folder, ConfigFile), Read(folder, PreprocessorFile));

    /// <summary>Attention heads of each stage, or of all.</summary>
    public ValueList<int> Heads => Numbers(Config, "num_attention_heads") ?? Numbers(Config, "num_heads") ?? Numbers(Config, "backbone_config", "num_heads") ?? [];

    /// <summary>Names of the classes, where all are named.</summary>
    public IReadOnlyList<string>? Labels
    {
        get
        {
            if (Get(Config, "id2label") is { ValueKind: JsonValueKind.Object } map)
            {
                var names = new SortedDictionary<int, string>();
                foreach (var label in map.EnumerateObject())
                {
                    if (int.TryParse(label.Name, out var index) && label.Value.ValueKind == JsonValueKind.String)
                        names[index] = label.Value.GetString()!;
                }

                return names.Keys.Select((index, i) => index == i).All(same => same) && names.Count > 0 ? [.. names.Values] : null;
            }

            return Get(Config, "label_names") is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
                ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
                : null;
        }
    }

    /// <summary>How pictures are fed, as far as the folder tells.</summary>
    public Preprocess Preprocess(Preprocess usual)
    {
        if (Get(Config, "pretrained_cfg") is { ValueKind: JsonValueKind.Object } timm)
        {
            var input = Numbers(timm, "input_size");
            return usual with
            {
                Width = input is { Count: 3 } ? input[2] : usual.Width,
                Height = input is { Count: 3 } ? input[1] : usual.Height,
                Mean = Colors(timm, "mean") ?? usual.Mean,
                Std = Colors(timm, "std") ?? usual.Std,
                Interpolation = Get(timm, "interpolation") is { ValueKind: JsonValueKind.String } name ? Named(name.GetString()!) : usual.Interpolation,
            };
        }

        var size = Size(Flag(Preprocessor, "do_center_crop") == true ? Get(Preprocessor, "crop_size") : null) ?? Size(Get(Preprocessor, "size")) ?? Size(Get(Config, "image_size"));
        if (size is not null)
            usual = usual with { Height = size.Value.Height, Width = size.Value.Width };
        if (Preprocessor is null)
            return usual;
        var normalized = Flag(Preprocessor, "do_normalize");
        return usual with
        {
            Mean = normalized == false ? [0, 0, 0] : Colors(Preprocessor, "image_mean") ?? (normalized == true ? usual.Mean : usual.Mean),
            Std = normalized == false ? [1, 1, 1] : Colors(Preprocessor, "image_std") ?? usual.Std,
            Interpolation = Get(Preprocessor, "resample") is { ValueKind: JsonValueKind.Number } resample && resample.TryGetInt32(out var kind)
                ? kind switch { Nearest => Interpolation.Nearest, Cubic => Interpolation.Bicubic, _ => Interpolation.Bilinear }
                : usual.Interpolation,
            ChannelOrder = Flag(Preprocessor, "do_flip_channel_order") is { } flip ? (flip ? ChannelOrder.Bgr : ChannelOrder.Rgb) : usual.ChannelOrder,
        };
    }

    private static Interpolation Named(string name) => name switch { "bicubic" => Interpolation.Bicubic, "nearest" => Interpolation.Nearest, _ => Interpolation.Bilinear };

    private static (int Height, int Width)? Size(JsonElement? size) => size switch
    {
        { ValueKind: JsonValueKind.Number } one when one.TryGetInt32(out var side) => (side, side),
        { ValueKind: JsonValueKind.Array } two when Numbers(two) is [var height, var width] => (height, width),
        { ValueKind: JsonValueKind.Object } named => Whole(named, "shortest_edge") is { } side ? (side, side)
            : Whole(named, "height") is { } height && Whole(named, "width") is { } width ? (height, width)
            : null,
        _ => null,
    };

    private static int? Whole(JsonElement? element, string key) => Get(element, key) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;

    private static bool? Flag(JsonElement? element, string key) => Get(element, key)?.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };

    private static ValueList<float>? Colors(JsonElement? element, string key) =>
        Get(element, key) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() == 3 && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number)
            ? [.. list.EnumerateArray().Select(item => (float)item.GetDouble())]
            : null;

    private static ValueList<int>? Numbers(JsonElement? element, params ReadOnlySpan<string> path)
    {
        foreach (var key in path)
            element = Get(element, key);
        return element switch
        {
            { ValueKind: JsonValueKind.Number } one when one.TryGetInt32(out var value) => [value],
            { ValueKind: JsonValueKind.Array } list when list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _)) => [.. list.EnumerateArray().Select(item => item.GetInt32())],
            _ => null,
        };
    }

    private static JsonElement? Get(JsonElement? element, string key) => element is { ValueKind: JsonValueKind.Object } given && given.TryGetProperty(key, out var value) ? value : null;

    private static JsonElement? Read(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        if (!File.Exists(path))
            return null;
        try
        {
            using var json = JsonDocument.Parse(TextFile.Read(path));
            return json.RootElement.Clone();
        }
        catch (JsonException problem)
        {
            throw new StageException($"{path}: is no JSON ({JsonKeys.Plain(problem.Message)}). Mend it, or give the path of the checkpoint alone.", problem);
        }
    }
}
