using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>Resizing and pooling against PyTorch's own; position embeddings against timm's, Microsoft's and Hugging Face's rules.</summary>
public sealed class InterpolationTests
{
    private const string Case = "interpolation";

    [Theory]
    [InlineData("reference")]
    [InlineData("torch")]
    [InlineData("onnx")]
    public void Maps_are_resized_and_pooled_as_in_pytorch(string reader)
    {
        var tensors = Golden.Tensors(Case);
        var map = tensors["input.map"];                                                 // [1, 2, 7, 5]
        var image = new Weight(new Shape(1, 3, 7, 5), [.. map.Values, .. new float[35]]);
        var compared = 0;
        foreach (var (name, expected) in tensors)
        {
            if (Regex.Match(name, @"^output\.(bilinear\.align_corners_false|bilinear\.align_corners_true|adaptive_avg_pool)\.(\d+)x(\d+)$") is not { Success: true } match)
                continue;
            var op = match.Groups[1].Value switch { "adaptive_avg_pool" => "pool", "bilinear.align_corners_true" => "corners", _ => "resize" };
            var architecture = new Architecture(new ImageBackbone(), new SizeProbe(op, int.Parse(match.Groups[2].Value), int.Parse(match.Groups[3].Value)), 3);
            var result = Run(reader, architecture, image).Logits;
            Assert.All(expected.Values.Zip(result.Values), pair => Assert.Equal(pair.First, pair.Second, 2e-6));
            compared++;
        }

        Assert.Equal(12, compared);
    }

    [Theory]
    [InlineData("timm_bicubic_antialias", true)]
    [InlineData("plain_bicubic", false)]
    public void Position_embeddings_are_resampled_by_the_rule_of_their_library(string rule, bool antialias)
    {
        (int Side, int Prefix)[] grids = [(6, 1), (7, 2), (5, 0)];
        var tensors = Golden.Tensors(Case);
        var compared = 0;
        foreach (var (name, expected) in tensors)
        {
            if (Regex.Match(name, $@"^output\.pos_embed\.(\d)\.{rule}\.(\d+)x(\d+)$") is not { Success: true } match)
                continue;
            var (side, prefix) = grids[int.Parse(match.Groups[1].Value)];
            var embedding = tensors[$"input.pos_embed.{match.Groups[1].Value}"];
            var before = prefix * embedding.Shape[2];
            var resized = Bicubic.Resize(embedding.Values.AsSpan(before), side, side, int.Parse(match.Groups[2].Value), int.Parse(match.Groups[3].Value), antialias);
            Assert.All(expected.Values.Skip(before).Zip(resized), pair => Assert.Equal(pair.First, pair.Second, 4e-6f));
            Assert.Equal(expected.Values.Length, before + resized.Length);
            compared++;
        }

        Assert.Equal(9, compared);
    }

    [Fact]
    public void Tables_of_relative_positions_are_resampled_by_the_original_rule()
    {
        (int From, int To)[] windows = [(7, 8), (4, 7), (8, 6)];
        var tensors = Golden.Tensors(Case);
        for (var i = 0; i < windows.Length; i++)
        {
            var (from, to) = ((2 * windows[i].From) - 1, (2 * windows[i].To) - 1);
            var resized = Bicubic.Resize(tensors[$"input.bias_table.{i}"].Values, from, from, to, to, antialias: false);
            var expected = tensors[$"output.bias_table.{i}.microsoft_bicubic_to_window{windows[i].To}"].Values;
            Assert.All(expected.Zip(resized), pair => Assert.Equal(pair.First, pair.Second, 4e-6f));
            Assert.Equal(expected.Length, resized.Length);
        }
    }

    private static Outcome Run(string reader, Architecture architecture, Weight image)
    {
        var weights = new Dictionary<string, Weight>();
        return reader switch
        {
            "torch" => Runs.Torch(architecture, weights, image),
            "onnx" => Runs.Onnx(17)(architecture, weights, image),
            _ => Runs.Reference(architecture, weights, image),
        };
    }
}
