using CsCheck;

namespace Niwaki.Tests;

public class ChannelSelectionTests
{
    [Theory]
    [InlineData("swin-tiny+upernet-128", CostKind.Macs)]
    [InlineData("mobilevit-xxs+upernet-64", CostKind.Macs)]
    [InlineData("mobilevit-xxs+upernet-64", CostKind.Parameters)]
    [InlineData("resnet-18+upernet-64", CostKind.Macs)]
    [InlineData("deit-tiny+linear", CostKind.Parameters)]
    public void A_budget_is_held_and_nearly_used_up(string model, CostKind kind)
    {
        var graph = ChannelOps.Of(Presets.Architecture(model, 14), 224, 224);
        var groups = Free(graph);
        var selection = new ChannelSelection(graph, groups, kind, 8, group => group.Units / 8);
        var whole = kind.Of(CostOps.Of(graph.Architecture, 224, 224));
        var budget = (long)(0.6 * whole);
        var cut = selection.Choose(Scores(groups, 3), budget);

        Assert.InRange(kind.Of(CostOps.Of(graph.Narrow(cut), 224, 224)), (long)(0.585 * whole), budget);
        foreach (var (name, kept) in cut.Kept)
        {
            Assert.True(kept.Count >= Math.Max(1, graph[name].Units / 8));
            Assert.True(graph[name].Kind == ChannelKind.Head || kept.Count % 8 == 0, $"{name} keeps {kept.Count}");
        }
    }

    [Fact]
    public void What_stays_of_a_group_is_what_matters_most()
    {
        var graph = ChannelOps.Of(Presets.Architecture("mobilevit-micro+upernet-32", 5), 64, 64);
        var groups = Free(graph);
        Gen.Int.Sample(seed =>
        {
            var scores = Scores(groups, seed);
            var selection = new ChannelSelection(graph, groups, CostKind.Macs, 8, _ => 1);
            var cut = selection.Choose(scores, (selection.Smallest + CostOps.Of(graph.Architecture, 64, 64).Macs.Value) / 2);
            foreach (var (group, score) in groups.Zip(scores))
            {
                if (!cut.Kept.TryGetValue(group.Name, out var kept))
                    continue;
                var worst = kept.Min(unit => score[unit]);
                Assert.All(Enumerable.Range(0, group.Units).Except(kept), unit => Assert.True(score[unit] <= worst));
            }
        }, iter: 5);
    }

    [Fact]
    public void A_smaller_budget_never_brings_a_unit_back()
    {
        var graph = ChannelOps.Of(Presets.Architecture("vit-tiny-16+linear", 5), 64, 64);
        var groups = Free(graph);
        var selection = new ChannelSelection(graph, groups, CostKind.Parameters, 1, _ => 1);
        var scores = Scores(groups, 5);
        var whole = CostOps.Of(graph.Architecture, 64, 64).Parameters;
        var wide = selection.Choose(scores, (long)(0.8 * whole));
        var narrow = selection.Choose(scores, (long)(0.5 * whole));
        Assert.All(narrow.Kept, group => Assert.True(group.Value.Count <= wide.Kept.GetValueOrDefault(group.Key, [.. Enumerable.Range(0, graph[group.Key].Units)]).Count));
    }

    [Fact]
    public void A_budget_below_the_smallest_network_is_refused()
    {
        var graph = ChannelOps.Of(Presets.Architecture("resnet-micro+upernet-32", 5), 64, 64);
        var groups = Free(graph);
        var selection = new ChannelSelection(graph, groups, CostKind.Macs, 8, _ => 1);
        Assert.InRange(CostOps.Of(graph.Narrow(selection.Choose(Scores(groups, 1), selection.Smallest)), 64, 64).Macs.Value, 0, selection.Smallest);
        Assert.Throws<ArgumentException>(() => selection.Choose(Scores(groups, 1), selection.Smallest - 1));
    }

    [Fact]
    public void Global_allocation_compares_with_the_mean_of_the_group() =>
        Assert.Equal([[0.5, 1.5], [0.5, 1.5]], new GlobalAllocation().Comparable([Scored(ChannelKind.Neuron, 1, 3), Scored(ChannelKind.Head, 100, 300)]));

    [Fact]
    public void Isomorphic_allocation_ranks_within_a_kind() =>
        Assert.Equal(
            [[0.125, 0.625], [0.25, 0.75], [0.375, 0.875]],
            new IsomorphicAllocation().Comparable([Scored(ChannelKind.Neuron, 1, 3), Scored(ChannelKind.Head, 900, 1000), Scored(ChannelKind.Neuron, 2, 400)]));

    [Fact]
    public void Uniform_allocation_ranks_within_a_group_and_ties_share_their_places() =>
        Assert.Equal([[0.25, 0.75], [0.5, 0.5]], new UniformAllocation().Comparable([Scored(ChannelKind.Neuron, 1, 3), Scored(ChannelKind.Neuron, 7, 7)]));

    [Fact]
    public void Knapsack_allocation_divides_by_what_is_saved() =>
        Assert.Equal([[0.1, 0.3]], new KnapsackAllocation().Comparable([Scored(ChannelKind.Neuron, 1, 3) with { UnitCost = 10 }]));

    private static ScoredGroup Scored(ChannelKind kind, params double[] scores) => new(new ChannelGroup("g", kind, scores.Length, 1, []), scores, 1);

    private static ChannelGroup[] Free(ChannelGraph graph) => [.. graph.Groups.Where(group => group.Fixed is null)];

    private static double[][] Scores(ChannelGroup[] groups, int seed)
    {
        var random = new Random(seed);
        return [.. groups.Select(group => (double[])[.. Enumerable.Range(0, group.Units).Select(_ => random.NextDouble())])];
    }
}
