using CsCheck;

namespace Niwaki.Tests;

public class SlicingTests
{
    private static readonly Architecture Swin = new(
        new SwinBackbone([
            new SwinStage(8, [new SwinBlock(2, 4, 16, 2)]),
            new SwinStage(12, [new SwinBlock(3, 4, 24, 2)]),
            new SwinStage(16, [new SwinBlock(4, 4, 32, 2)]),
            new SwinStage(20, [new SwinBlock(5, 4, 40, 2)]),
        ]),
        new UperNetHead(8),
        3);

    private static readonly ChannelGraph Graph = ChannelOps.Of(Swin, 64, 64);

    [Fact]
    public void Slicing_takes_the_kept_rows_and_columns()
    {
        var (_, sliced) = Graph.Slice(Numbered(Graph), new ChannelCut(new Dictionary<string, ValueList<int>> { ["backbone.stages.0.blocks.0.attn"] = [1], ["head.psp_modules.1.conv"] = [0, 7] }));
        var dense = Numbered(Graph);
        var name = "backbone.stages.0.blocks.0.attn.proj.weight";                       // [8, 8] to [8, 4]
        Assert.Equal(new Shape(8, 4), sliced[name].Shape);
        Assert.Equal(dense[name].Values[(8 * 5) + 6], sliced[name].Values[(4 * 5) + 2]);
        name = "backbone.stages.0.blocks.0.attn.relative_position_bias_table";          // [9, 2] to [9, 1]
        Assert.Equal(dense[name].Values[(2 * 3) + 1], sliced[name].Values[3]);
        name = "head.bottleneck.conv.weight";                                           // [8, 52, 3, 3] to [8, 46, 3, 3]
        Assert.Equal(new Shape(8, 46, 3, 3), sliced[name].Shape);
        Assert.Equal(dense[name].Values[(((3 * 52) + 35) * 9) + 4], sliced[name].Values[(((3 * 46) + 29) * 9) + 4]);
        Assert.Equal(dense[name].Values[(((3 * 52) + 36) * 9) + 4], sliced[name].Values[(((3 * 46) + 30) * 9) + 4]);
    }

    [Fact]
    public void Any_cut_of_free_groups_gives_an_architecture_with_exactly_its_weights() =>
        Cuts(Graph).Sample(cut =>
        {
            var (architecture, weights) = Graph.Slice(Numbered(Graph), cut);
            Assert.Equal(
                ParameterOps.Of(architecture, 64, 64).Select(spec => (spec.Name, spec.Shape.ToString())).Order(),
                weights.Select(weight => (weight.Key, weight.Value.Shape.ToString())).Order());
            Assert.True(CostOps.Of(architecture, 64, 64).Macs <= CostOps.Of(Swin, 64, 64).Macs);
        }, iter: 30);

    [Fact]
    public void Cutting_in_two_steps_is_cutting_at_once() =>
        Gen.Select(Gen.Int[1, 7], Gen.Int[1, 15]).Sample((second, first) =>
        {
            const string Name = "backbone.stages.0.blocks.0.mlp.fc1";
            var weights = Numbered(Graph);
            int[] kept = [.. Enumerable.Range(0, 16).Where(unit => (unit * 7 % 16) < Math.Max(first, second))];
            int[] further = [.. Enumerable.Range(0, kept.Length).Take(second)];
            var (half, halfWeights) = Graph.Slice(weights, One(Name, kept));
            var (twice, twiceWeights) = ChannelOps.Of(half, 64, 64).Slice(halfWeights, One(Name, further));
            var (once, onceWeights) = Graph.Slice(weights, One(Name, [.. further.Select(unit => kept[unit])]));
            Assert.Equal(once, twice);
            Assert.Equal(onceWeights["backbone.stages.0.blocks.0.mlp.fc2.weight"].Values, twiceWeights["backbone.stages.0.blocks.0.mlp.fc2.weight"].Values);
        }, iter: 20);

    [Fact]
    public void A_cut_of_nothing_changes_nothing()
    {
        var weights = Numbered(Graph);
        var (architecture, sliced) = Graph.Slice(weights, ChannelCut.None);
        Assert.Equal(Swin.Narrowed(layer => Graph.Parameters[$"{layer}.weight"].Shape[0]), architecture);
        Assert.All(sliced, weight => Assert.Same(weights[weight.Key], weight.Value));
    }

    [Fact]
    public void Zeros_fall_on_what_makes_a_unit_and_not_on_what_reads_it()
    {
        var zeroed = Graph.Zero(Numbered(Graph), One("backbone.stages.0.blocks.0.mlp.fc1", [.. Enumerable.Range(1, 15)]));
        Assert.All(zeroed["backbone.stages.0.blocks.0.mlp.fc1.weight"].Values[..8], value => Assert.Equal(0, value));
        Assert.All(zeroed["backbone.stages.0.blocks.0.mlp.fc1.weight"].Values[8..], value => Assert.NotEqual(0, value));
        Assert.Equal(0, zeroed["backbone.stages.0.blocks.0.mlp.fc1.bias"].Values[0]);
        Assert.All(zeroed["backbone.stages.0.blocks.0.mlp.fc2.weight"].Values, value => Assert.NotEqual(0, value));
    }

    [Fact]
    public void The_mean_of_what_goes_is_taken_off_the_mean_of_the_BatchNorm_that_follows_its_reader()
    {
        var weights = Numbered(Graph);
        var held = Graph.Compensate(weights, One("head.psp_modules.1.conv", [.. Enumerable.Range(1, 7)]), new Dictionary<string, double[]> { ["head.bottleneck.conv"] = [.. Enumerable.Range(0, 52).Select(i => (double)i)] });
        var filter = weights["head.bottleneck.conv.weight"].Values.AsSpan(((2 * 52) + 28) * 9, 9).ToArray();     // output 2 of input 20 + 8
        Assert.Equal(weights["head.bottleneck.bn.running_mean"].Values[2] - (28 * filter.Sum()), held["head.bottleneck.bn.running_mean"].Values[2]);
        Assert.Equal(["head.bottleneck.bn.running_mean"], held.Where(weight => !ReferenceEquals(weight.Value, weights[weight.Key])).Select(weight => weight.Key));
    }

    [Fact]
    public void Wrong_cuts_are_refused()
    {
        var weights = Numbered(Graph);
        Assert.Throws<ArgumentException>(() => Graph.Slice(weights, One("no.such.layer", [0])));
        Assert.Throws<ArgumentException>(() => Graph.Slice(weights, One("backbone.stages.0.blocks.0.mlp.fc1", [])));
        Assert.Throws<ArgumentException>(() => Graph.Slice(weights, One("backbone.stages.0.blocks.0.mlp.fc1", [3, 2])));
        Assert.Throws<ArgumentException>(() => Graph.Slice(weights, One("backbone.stages.0.blocks.0.mlp.fc1", [0, 16])));
        Assert.Throws<ArgumentException>(() => Graph.Slice(weights, One("head.classifier", [0, 1])));
    }

    private static ChannelCut One(string name, int[] kept) => new(new Dictionary<string, ValueList<int>> { [name] = [.. kept] });

    private static Gen<ChannelCut> Cuts(ChannelGraph graph)
    {
        var free = graph.Groups.Where(group => group.Fixed is null).ToArray();
        return Gen.Int[0, int.MaxValue].Array[free.Length].Select(seeds => new ChannelCut(free.Zip(seeds).ToDictionary(
            pair => pair.First.Name,
            pair =>
            {
                var random = new Random(pair.Second);
                int[] kept = [.. Enumerable.Range(0, pair.First.Units).Where(_ => random.Next(2) == 0)];
                return new ValueList<int>(kept.Length > 0 ? kept : [random.Next(pair.First.Units)]);
            })));
    }

    private static Dictionary<string, Weight> Numbered(ChannelGraph graph) => graph.Parameters.ToDictionary(
        spec => spec.Key,
        spec => new Weight(spec.Value.Shape, [.. Enumerable.Range(1, (int)spec.Value.Shape.Elements).Select(i => (float)i)]));
}
