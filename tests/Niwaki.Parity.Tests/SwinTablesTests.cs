using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>Index tables, masks, token orders and patch merging against the original code's.</summary>
public sealed class SwinTablesTests
{
    private const string Case = "swin_tables_and_masks";
    private const string Column = "output.patch_merging.mmseg_column_j_is_original_column";

    [Fact]
    public void Relative_positions_have_the_original_order()
    {
        foreach (var (match, expected) in All(@"output\.relative_position_index\.(\d+)x(\d+)"))
        {
            var layout = new WindowLayout { Height = 24, Width = 24, WindowHeight = Number(match, 1), WindowWidth = Number(match, 2) };
            Assert.Equal(expected.Values, layout.RelativePositionIndex().Select(index => (float)index));
        }
    }

    [Fact]
    public void Distances_have_the_order_of_TinyVit()
    {
        foreach (var (match, expected) in All(@"output\.tinyvit_attention_bias_idxs\.(\d+)x(\d+)"))
        {
            var layout = new WindowLayout { Height = 24, Width = 24, WindowHeight = Number(match, 1), WindowWidth = Number(match, 2) };
            Assert.Equal(expected.Values, layout.DistanceIndex().Select(index => (float)index));
        }
    }

    [Fact]
    public void Masks_of_shifted_windows_are_the_original_ones()
    {
        foreach (var (match, expected) in All(@"output\.map(\d+)x(\d+)\.window(\d+)\.shift(\d+)\.attn_mask"))
            Assert.Equal(expected.Values, Layout(match, shifted: true).Mask());
    }

    [Theory]
    [InlineData("pad_then_roll", true, false)]
    [InlineData("roll_then_pad", true, true)]
    [InlineData("no_shift", false, false)]
    public void Windows_hold_the_tokens_of_the_original(string order, bool shifted, bool rollBeforePad)
    {
        foreach (var (match, expected) in All($@"output\.map(\d+)x(\d+)\.window(\d+)\.shift(\d+)\.token_of_window\.{order}"))
            Assert.Equal(expected.Values, (Layout(match, shifted) with { RollBeforePad = rollBeforePad }).Sources().Select(source => (float)source));
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

    [Fact]
    public void Patches_are_merged_in_the_original_order()
    {
        var tensors = Golden.Tensors(Case);
        var map = tensors["output.patch_merging.input_map_4x6x3"];
        var merged = new ReferenceOps(new Dictionary<string, Weight>()).MergePatches(new ReferenceTensor(map).As(1, 4, 6, 3));
        Assert.Equal(tensors["output.patch_merging.original_timm_torchvision_hf"].Values, merged.Values.Select(value => (float)value));
    }

    [Fact]
    public void Columns_of_mmsegmentation_are_put_into_the_original_order()
    {
        var columns = Golden.Tensors(Case)[Column];
        var architecture = new Architecture(new SwinBackbone([SwinStage.Uniform(3, 1, 1, 2), SwinStage.Uniform(6, 1, 1, 2)]), new LinearHead(), 2);
        var state = new Dictionary<string, Weight> { ["backbone.stages.0.downsample.norm.weight"] = columns };
        var imported = new MmSegmentationSwinNaming().Import(state, architecture, 16, 16);
        Assert.Equal(Enumerable.Range(0, 12).Select(column => (float)column), imported.Weights["backbone.stages.1.downsample.norm.weight"].Values);
    }

    private static WindowLayout Layout(Match match, bool shifted) => new()
    {
        Height = Number(match, 1),
        Width = Number(match, 2),
        WindowHeight = Number(match, 3),
        WindowWidth = Number(match, 3),
        ShiftHeight = shifted ? Number(match, 4) : 0,
        ShiftWidth = shifted ? Number(match, 4) : 0,
    };

    private static IReadOnlyList<(Match Match, Weight Expected)> All(string pattern)
    {
        var found = Golden.Tensors(Case).Select(entry => (Match: Regex.Match(entry.Key, $"^{pattern}$"), entry.Value)).Where(entry => entry.Match.Success).ToArray();
        Assert.NotEmpty(found);
        return found;
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value);
}
