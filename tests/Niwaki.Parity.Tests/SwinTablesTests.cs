using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>Index tables, masks, token orders and patch merging against the original code's.</summary>
public sealed class SwinTablesTests
{
    private static readonly string[] Compared =
    [
        Index, Distances, Coordinates, Map + @"region_ids", Map + @"attn_mask", Map + @"token_of_window\.(?:pad_then_roll|roll_then_pad|no_shift)", Merging + "(?:input_map.*|original.*|mmseg_unfold|mmseg_column_j_is_original_column)",
    ];

    private const string Index = @"output\.relative_position_index\.(\d+)x(\d+)";
    private const string Distances = @"output\.tinyvit_attention_bias_idxs\.(\d+)x(\d+)";
    private const string Coordinates = @"output\.v2_relative_coords_table\.(\d+)x(\d+)\.pretrained(\d+)x(\d+)";
    private const string Map = @"output\.map(\d+)x(\d+)\.window(\d+)\.shift(\d+)\.";
    private const string Merging = @"output\.patch_merging\.";

    public static TheoryData<string> Cases() => Golden.OfKind("swin_tables");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_recorded_output_is_compared(string name)
    {
        var outputs = Golden.Description(name).GetProperty("outputs").EnumerateObject().Select(output => output.Name);
        Assert.DoesNotContain(outputs, output => !Compared.Any(pattern => Regex.IsMatch(output, $"^{pattern}$")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Relative_positions_have_the_original_order(string name)
    {
        foreach (var (match, expected) in All(name, Index))
            Assert.Equal(expected.Values, Window(match).RelativePositionIndex().Select(index => (float)index));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Distances_have_the_order_of_TinyVit(string name)
    {
        foreach (var (match, expected) in All(name, Distances))
            Assert.Equal(expected.Values, Window(match).DistanceIndex().Select(index => (float)index));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_spaced_coordinates_are_the_original_ones(string name)
    {
        foreach (var (match, expected) in All(name, Coordinates))
            Assert.All(expected.Values.Zip(Window(match).RelativeCoordinates(Number(match, 3))), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Masks_of_shifted_windows_are_the_original_ones(string name)
    {
        foreach (var (match, expected) in All(name, Map + "attn_mask"))
            Assert.Equal(expected.Values, Layout(match, shifted: true).Mask());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Tokens_of_different_regions_do_not_see_each_other(string name)
    {
        foreach (var (match, expected) in All(name, Map + "region_ids"))
        {
            // the regions lie on the padded and rolled map
            var (high, wide, window) = (expected.Shape[0], expected.Shape[1], Number(match, 3));
            var regions = new WindowLayout { Height = high, Width = wide, WindowHeight = window, WindowWidth = window }.Sources().Select(source => expected.Values[source]).Chunk(window * window);
            var mask = regions.SelectMany(tokens => tokens.SelectMany(query => tokens.Select(key => query == key ? 0f : -100f)));
            Assert.Equal(mask, Layout(match, shifted: true).Mask());
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Windows_hold_the_tokens_of_the_original(string name)
    {
        foreach (var (order, shifted, rollBeforePad) in ((string, bool, bool)[])[("pad_then_roll", true, false), ("roll_then_pad", true, true), ("no_shift", false, false)])
        {
            foreach (var (match, expected) in All(name, Map + @"token_of_window\." + order))
                Assert.Equal(expected.Values, (Layout(match, shifted) with { RollBeforePad = rollBeforePad }).Sources().Select(source => (float)source));
        }
    }

    [Theory]
    [MemberData(nameof(StoringCoordinates))]
    public void Log_spaced_coordinates_are_those_that_checkpoints_store(string name)
    {
        var golden = GoldenCase.Load(name);
        var stored = golden.State.Where(tensor => tensor.Key.EndsWith(".relative_coords_table", StringComparison.Ordinal)).ToArray();
        Assert.NotEmpty(stored);
        foreach (var (key, table) in stored)
        {
            var number = int.Parse(Regex.Match(key, @"\d+").Value);
            var stage = ((SwinV2Backbone)golden.Architecture.Backbone).Stages[key.StartsWith("features.", StringComparison.Ordinal) ? number / 2 : number];
            var layout = new WindowLayout { Height = 64, Width = 64, WindowHeight = (table.Shape[1] + 1) / 2, WindowWidth = (table.Shape[2] + 1) / 2 };
            Assert.All(table.Values.Zip(layout.RelativeCoordinates(stage.PretrainedWindow)), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        }
    }

    public static TheoryData<string> StoringCoordinates() => Golden.Folder is { } folder
        ? [.. Golden.Networks().Select(row => row.Data).Where(name => Golden.Shapes(Path.Combine(folder, name)).Keys.Any(key => key.EndsWith(".relative_coords_table", StringComparison.Ordinal)))]
        : Golden.Networks();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Patches_are_merged_in_the_original_order(string name)
    {
        foreach (var (match, map) in All(name, Merging + @"input_map_(\d+)x(\d+)x(\d+)"))
        {
            var merged = new ReferenceOps(new Dictionary<string, Weight>()).MergePatches(new ReferenceTensor(map).As(1, Number(match, 1), Number(match, 2), Number(match, 3)));
            foreach (var (_, expected) in All(name, Merging + "original_.*"))
                Assert.Equal(expected.Values, merged.Values.Select(value => (float)value));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Columns_of_mmsegmentation_are_put_into_the_original_order(string name)
    {
        foreach (var (_, columns) in All(name, Merging + "mmseg_column_j_is_original_column"))
            Assert.Equal(Enumerable.Range(0, columns.Values.Length).Select(column => (float)column), Ordered(columns.Values));
        foreach (var ((_, unfolded), (_, expected)) in All(name, Merging + "mmseg_unfold").Zip(All(name, Merging + "original_.*")))
        {
            var width = unfolded.Shape[^1];
            Assert.Equal(expected.Values, unfolded.Values.Chunk(width).SelectMany(Ordered));
        }

        static float[] Ordered(float[] columns)
        {
            var channels = columns.Length / 4;
            var architecture = new Architecture(new SwinBackbone([SwinStage.Uniform(channels, 1, 1, 2), SwinStage.Uniform(2 * channels, 1, 1, 2)]), new LinearHead(), 2);
            var state = new Dictionary<string, Weight> { ["backbone.stages.0.downsample.norm.weight"] = new(new Shape(columns.Length), columns) };
            return new MmSegmentationSwinNaming().Import(state, architecture, 16, 16).Weights["backbone.stages.1.downsample.norm.weight"].Values;
        }
    }

    private static WindowLayout Window(Match match) => new() { Height = 64, Width = 64, WindowHeight = Number(match, 1), WindowWidth = Number(match, 2) };

    private static WindowLayout Layout(Match match, bool shifted) => new()
    {
        Height = Number(match, 1),
        Width = Number(match, 2),
        WindowHeight = Number(match, 3),
        WindowWidth = Number(match, 3),
        ShiftHeight = shifted ? Number(match, 4) : 0,
        ShiftWidth = shifted ? Number(match, 4) : 0,
    };

    private static IEnumerable<(Match Match, Weight Expected)> All(string name, string pattern)
    {
        Golden.Description(name);
        return [.. Golden.Tensors(name).Select(entry => (Match: Regex.Match(entry.Key, $"^{pattern}$"), entry.Value)).Where(entry => entry.Match.Success)];
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value);
}
