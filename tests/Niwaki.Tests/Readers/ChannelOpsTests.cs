namespace Niwaki.Tests;

public class ChannelOpsTests
{
    private static readonly SwinBackbone Swin = new([
        new SwinStage(8, [new SwinBlock(2, 4, 16, 2)]),
        new SwinStage(12, [new SwinBlock(3, 4, 24, 2)]),
        new SwinStage(16, [new SwinBlock(4, 4, 32, 2)]),
        new SwinStage(20, [new SwinBlock(5, 4, 40, 2)]),
    ]);

    private static readonly ChannelGraph Graph = ChannelOps.Of(new Architecture(Swin, new UperNetHead(8), 3), 64, 64);

    [Fact]
    public void A_head_of_Swin_is_its_rows_of_q_k_v_its_columns_of_proj_and_its_column_of_the_bias_table()
    {
        var heads = Graph["backbone.stages.1.blocks.0.attn"];
        Assert.Equal(ChannelKind.Head, heads.Kind);
        Assert.Equal((3, 4), (heads.Units, heads.UnitWidth));
        Assert.Null(heads.Fixed);
        Assert.Equal(
            [
                "attn.k.bias 0", "attn.k.weight 0", "attn.proj.weight 1", "attn.q.bias 0", "attn.q.weight 0",
                "attn.relative_position_bias_table 1", "attn.v.bias 0", "attn.v.weight 0",
            ],
            heads.Slices.Select(slice => $"{slice.Parameter["backbone.stages.1.blocks.0.".Length..]} {slice.Axis}").Order(StringComparer.Ordinal));
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2], heads.Slices.Single(slice => slice.Parameter.EndsWith("proj.weight", StringComparison.Ordinal)).Units);
        Assert.Equal([0, 1, 2], heads.Slices.Single(slice => slice.Parameter.EndsWith("table", StringComparison.Ordinal)).Units);
    }

    [Fact]
    public void A_neuron_is_a_row_a_bias_and_a_column()
    {
        var neurons = Graph["backbone.stages.0.blocks.0.mlp.fc1"];
        Assert.Equal((ChannelKind.Neuron, 16), (neurons.Kind, neurons.Units));
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight"], neurons.Slices.Select(slice => slice.Parameter["backbone.stages.0.blocks.0.mlp.".Length..]));
        Assert.Equal([false, false, true], neurons.Slices.Select(slice => slice.Reads));
    }

    [Fact]
    public void Sums_make_one_stream_of_all_laterals()
    {
        var laterals = Graph["head.lateral_convs.0.conv"];
        Assert.Equal((ChannelKind.Stream, 8), (laterals.Kind, laterals.Units));
        Assert.Null(laterals.Fixed);
        Assert.Contains(laterals.Slices, slice => slice is { Parameter: "head.bottleneck.conv.weight", Axis: 0 });
        Assert.Contains(laterals.Slices, slice => slice is { Parameter: "head.lateral_convs.2.bn.running_var", Axis: 0 });
        Assert.Contains(laterals.Slices, slice => slice is { Parameter: "head.fpn_convs.1.conv.weight", Axis: 1, Reads: true });
    }

    [Fact]
    public void A_concatenation_gives_each_group_its_own_columns()
    {
        var branch = Graph["head.psp_modules.1.conv"];                                  // the second of four, after the feature's 20 channels
        Assert.Equal((ChannelKind.Filter, 8), (branch.Kind, branch.Units));
        var columns = branch.Slices.Single(slice => slice.Reads);
        Assert.Equal(("head.bottleneck.conv.weight", 1), (columns.Parameter, columns.Axis));
        Assert.Equal([.. Enumerable.Repeat(-1, 20 + 8), .. Enumerable.Range(0, 8), .. Enumerable.Repeat(-1, 16)], columns.Units);
    }

    [Fact]
    public void Merged_patches_carry_a_stream_four_times()
    {
        var stream = Graph["backbone.patch_embed.proj"];
        Assert.Equal((ChannelKind.Stream, 8), (stream.Kind, stream.Units));
        int[] once = [.. Enumerable.Range(0, 8)];
        Assert.Equal([.. once, .. once, .. once, .. once], stream.Slices.Single(slice => slice.Parameter == "backbone.stages.1.downsample.reduction.weight").Units);
    }

    [Fact]
    public void Image_logits_and_normalised_streams_are_fixed_and_say_why()
    {
        Assert.Equal("it is the image", Graph["image"].Fixed);
        Assert.Equal("it is the logits", Graph["head.classifier"].Fixed);
        Assert.Contains("mean and variance", Graph["backbone.patch_embed.proj"].Fixed, StringComparison.Ordinal);
        Assert.Contains("mean and variance", Graph["backbone.stages.1.downsample.reduction"].Fixed, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_architecture_cannot_express_is_fixed()
    {
        var narrow = Graph.Architecture with { Backbone = new Rigid(Swin) };
        var neurons = ChannelOps.Of(narrow, 64, 64)["backbone.stages.0.blocks.0.mlp.fc1"];
        Assert.Contains("keeps its width", neurons.Fixed, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_axis_of_every_parameter_belongs_to_a_group_as_a_whole()
    {
        foreach (var spec in Graph.Parameters.Values)
        {
            for (var axis = 0; axis < Math.Min(2, spec.Shape.Rank); axis++)
            {
                if (axis == 0 && spec.Role == ParameterRole.PositionBias)
                    continue;
                var slices = Graph.Groups.SelectMany(group => group.Slices).Where(slice => slice.Parameter == spec.Name && slice.Axis == axis).ToArray();
                for (var index = 0; index < spec.Shape[axis]; index++)
                    Assert.Single(slices, slice => slice.Units[index] >= 0);
            }
        }
    }

    // a backbone that cannot be narrowed
    private sealed record Rigid(SwinBackbone Inner) : Backbone
    {
        public override IReadOnlyList<T> Features<T>(IOps<T> op, T image) => Inner.Features(op, image);

        public override IReadOnlyList<T> Vectors<T>(IOps<T> op, T image) => Inner.Vectors(op, image);

        public override Backbone Narrowed(Widths widths, bool vectors) => this;

        protected internal override int FeatureCount => 4;
    }
}
