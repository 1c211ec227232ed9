using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>Resizing and pooling against PyTorch's own; position embeddings and tables against timm's, Microsoft's and Hugging Face's rules.</summary>
public sealed class InterpolationTests
{
    private const string Maps = @"output\.(bilinear\.align_corners_false|bilinear\.align_corners_true|adaptive_avg_pool|area)\.(\d+)x(\d+)";
    private const string Resampled = @"output\.(nearest|bilinear|bicubic)(\.align_corners_false|\.align_corners_true|\.antialias|)\.(\d+)x(\d+)";
    private const string Embeddings = @"output\.pos_embed\.(\d+)\.(timm_bicubic_antialias|plain_bicubic)\.(\d+)x(\d+)";
    private const string Tables = @"output\.bias_table\.(\d+)\.(timm|microsoft_bicubic)_to_window(\d+)";

    public static TheoryData<string> Cases() => Golden.OfKind("interp");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Maps_are_resized_and_pooled_as_in_pytorch_by_every_reader(string name)
    {
        Golden.Description(name);
        var tensors = Golden.Tensors(name);
        var map = tensors["input.map"];                                                 // [B, C, H, W]
        var (height, width) = (map.Shape[2], map.Shape[3]);
        foreach (var (match, expected) in All(name, Maps))
        {
            var op = match.Groups[1].Value switch { "adaptive_avg_pool" or "area" => "pool", "bilinear.align_corners_true" => "corners", _ => "resize" };
            var (toHeight, toWidth) = (Number(match, 2), Number(match, 3));
            var architecture = new Architecture(new ImageBackbone(), new SizeProbe(op, toHeight, toWidth), 3);
            foreach (var (reader, run) in Readers)
            {
                // three planes make a picture
                var result = map.Values.Chunk(3 * height * width).SelectMany(planes =>
                    run(architecture, new Dictionary<string, Weight>(), new Weight(new Shape(1, 3, height, width), [.. planes, .. new float[(3 * height * width) - planes.Length]]))
                        .Logits.Values.Take(planes.Length / (height * width) * toHeight * toWidth)).Select(value => (float)value).ToArray();
                AssertClose(expected, result, $"{reader}: {match.Value}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Grids_are_resampled_as_in_pytorch(string name)
    {
        Golden.Description(name);
        var map = Golden.Tensors(name)["input.map"];
        var (height, width) = (map.Shape[2], map.Shape[3]);
        foreach (var (match, expected) in All(name, Resampled))
        {
            var kernel = Enum.Parse<Interpolation>(match.Groups[1].Value, ignoreCase: true);
            var result = map.Values.Chunk(height * width).SelectMany(plane => Resampling.Resize(
                plane, height, width, Number(match, 3), Number(match, 4), kernel, match.Groups[2].Value == ".antialias", match.Groups[2].Value == ".align_corners_true"));
            AssertClose(expected, [.. result], match.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Position_embeddings_are_resampled_by_the_rule_of_their_library(string name)
    {
        var grids = Golden.Description(name).GetProperty("parameters").GetProperty("pos"); // side, channels, tokens before the grid
        var tensors = Golden.Tensors(name);
        foreach (var (match, expected) in All(name, Embeddings))
        {
            var (side, prefix) = (grids[Number(match, 1)][0].GetInt32(), grids[Number(match, 1)][2].GetInt32());
            var embedding = tensors[$"input.pos_embed.{match.Groups[1].Value}"];
            var before = prefix * embedding.Shape[2];
            var resized = Resampling.Resize(embedding.Values.AsSpan(before), side, side, Number(match, 3), Number(match, 4), Interpolation.Bicubic, match.Groups[2].Value == "timm_bicubic_antialias");
            AssertClose(expected, [.. embedding.Values.AsSpan(0, before), .. resized], match.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tables_of_relative_positions_are_resampled_by_the_rule_of_their_library(string name)
    {
        Golden.Description(name);
        var tensors = Golden.Tensors(name);
        foreach (var (match, expected) in All(name, Tables))
        {
            var table = tensors[$"input.bias_table.{match.Groups[1].Value}"];
            var (from, to) = ((int)Math.Sqrt(table.Shape[0]), (2 * Number(match, 3)) - 1);
            var resized = match.Groups[2].Value == "timm"
                ? GeometricTable.Resize(table.Values, from, from, to, to)
                : Resampling.Resize(table.Values, from, from, to, to, Interpolation.Bicubic);
            AssertClose(expected, resized, match.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_recorded_output_is_compared(string name)
    {
        var outputs = Golden.Description(name).GetProperty("outputs").EnumerateObject().Select(output => output.Name);
        Assert.DoesNotContain(outputs, output => !((string[])[Maps, Resampled, Embeddings, Tables]).Any(pattern => Regex.IsMatch(output, $"^{pattern}$")));
    }

    private static IEnumerable<(string Name, Func<Architecture, IReadOnlyDictionary<string, Weight>, Weight, Outcome> Run)> Readers =>
        [("reference", Runs.Reference), ("torch", Runs.Torch), ("opset 17", Runs.Onnx(17)), ("opset 13", Runs.Onnx(13))];

    private static IEnumerable<(Match Match, Weight Expected)> All(string name, string pattern) =>
        Golden.Tensors(name).Select(entry => (Regex.Match(entry.Key, $"^{pattern}$"), entry.Value)).Where(entry => entry.Item1.Success);

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value);

    // weights of four taps in float32, in another order of summation
    private static void AssertClose(Weight expected, float[] actual, string what)
    {
        Assert.Equal(expected.Values.Length, actual.Length);
        var largest = expected.Values.Max(Math.Abs);
        var difference = expected.Values.Zip(actual, (x, y) => Math.Abs(x - y)).Max();
        Assert.True(difference <= 4e-6 * Math.Max(1, largest), $"{what}: differs by {difference:g3} where the largest value is {largest:g3}");
    }
}
