using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>What makes pruning trustworthy: cutting channels that were zeroed first leaves the function unchanged.</summary>
public class PruningProofTests
{
    // relative to the largest logit: float32 sums in another order, over networks of some ten layers
    private const double Tolerance = 1e-5;

    private static readonly Dictionary<string, ChannelGraph> Graphs = Families.All.ToDictionary(family => family.Key, family => ChannelOps.Of(family.Value, Families.Side, Families.Side));

    private static readonly Dictionary<string, IReadOnlyDictionary<string, Weight>> Weights = Graphs.ToDictionary(graph => graph.Key, graph => Families.Weights(graph.Value, 5));

    public static TheoryData<string> Names => [.. Families.All.Keys];

    public static TheoryData<string, ChannelKind> Kinds => [.. Families.All.SelectMany(family => Free(family.Key).Select(group => group.Kind).Distinct().Select(kind => (family.Key, kind)))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Cutting_zeroed_units_of_one_kind_changes_nothing(string family, ChannelKind kind)
    {
        var random = new Random(7);
        AssertEqual(family, Free(family).Where(group => group.Kind == kind).ToDictionary(group => group.Name, group => Some(group, random)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Cutting_any_zeroed_units_changes_nothing(string family)
    {
        // the same in every run: a bound on roundings must not fail by the luck of a seed
        for (var seed = 0; seed < 6; seed++)
        {
            var random = new Random(seed);
            AssertEqual(family, Free(family).Where(_ => random.Next(3) > 0).ToDictionary(group => group.Name, group => Some(group, random)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_free_group_alone_can_be_cut_down_to_its_last_unit(string family)
    {
        var graph = Graph(family);
        var weights = Weights[family];
        foreach (var group in Free(family))
        {
            var (architecture, sliced) = graph.Slice(weights, new ChannelCut(new Dictionary<string, ValueList<int>> { [group.Name] = [group.Units - 1] }));
            Assert.Null(ModelCheck(architecture, sliced));
        }
    }

    [Fact]
    public void All_kinds_of_the_issue_are_free_in_their_families()
    {
        Assert.Contains(Free("swin+upernet"), group => group.Kind == ChannelKind.Head);
        Assert.Contains(Free("swin+upernet"), group => group.Kind == ChannelKind.Neuron);
        Assert.Contains(Free("swin+upernet"), group => group.Kind == ChannelKind.Filter);
        Assert.Contains(Free("swinv2+upernet"), group => group is { Kind: ChannelKind.Head, Name: "backbone.stages.2.blocks.1.attn" });
        Assert.Contains(Free("swinv2+upernet"), group => group.Kind == ChannelKind.Neuron);
        Assert.Contains(Free("mobilevitv2+upernet"), group => group.Name == "backbone.stages.3.transformer.blocks.1.attn.k");
        Assert.Contains(Free("mobilevitv2+upernet"), group => group.Name == "backbone.stages.3.transformer.blocks.1.mlp.fc1");
        Assert.Contains(Free("mobilevitv2+upernet"), group => group.Name == "backbone.stages.3.transformer.leave.conv");
        Assert.Contains(Free("bottleneck+upernet"), group => group is { Kind: ChannelKind.Filter, Name: "backbone.stages.1.blocks.0.conv2.conv" });
        Assert.Contains(Free("bottleneck+upernet"), group => group is { Kind: ChannelKind.Stream, Name: "backbone.stages.2.blocks.0.conv3.conv" });
        Assert.Contains(Free("mobilevit+upernet"), group => group.Kind == ChannelKind.Head);
        Assert.Contains(Free("mobilevit+upernet"), group => group.Kind == ChannelKind.Neuron);
        Assert.Contains(Free("mobilevit+upernet"), group => group is { Kind: ChannelKind.Filter, Name: "backbone.stages.1.convs.0.expand.conv" });
        Assert.Contains(Free("resnet+upernet"), group => group.Kind == ChannelKind.Filter);
        Assert.Contains(Free("resnet+upernet"), group => group is { Kind: ChannelKind.Stream, Name: "backbone.stages.1.blocks.0.conv2.conv" });
        Assert.Contains(Free("vit+linear"), group => group.Kind == ChannelKind.Head);
        Assert.Contains(Free("mit+segformer"), group => group.Kind == ChannelKind.Head);
        Assert.Contains(Free("mit+segformer"), group => group is { Kind: ChannelKind.Neuron, Name: "backbone.stages.1.blocks.1.mlp.fc1" });
        Assert.Contains(Free("mit+segformer"), group => group is { Kind: ChannelKind.Filter, Name: "head.levels.2" });
        Assert.Contains(Free("mit+mm-segformer"), group => group is { Kind: ChannelKind.Filter, Name: "head.levels.2.conv" });
        Assert.Contains(Free("efficientvit+segformer"), group => group is { Kind: ChannelKind.Head, Name: "backbone.stages.2.blocks.1.attn", Units: 4, UnitWidth: 8 });
        Assert.Contains(Free("efficientvit+segformer"), group => group is { Kind: ChannelKind.Filter, Name: "backbone.stages.3.entry.expand.conv" });
        Assert.Contains(Free("efficientvit+segformer"), group => group is { Kind: ChannelKind.Stream, Name: "backbone.stages.2.entry.project.conv" });
        Assert.Contains(Free("tinyvit+upernet"), group => group.Kind == ChannelKind.Head);
        Assert.Contains(Free("tinyvit+upernet"), group => group.Kind == ChannelKind.Neuron);
        Assert.Contains(Free("tinyvit+upernet"), group => group is { Kind: ChannelKind.Filter, Name: "backbone.stages.1.downsample.expand.conv" });
        Assert.Contains(Free("tinyvit+upernet"), group => group is { Kind: ChannelKind.Stream, Name: "backbone.stem.1.conv" });
        Assert.Contains(Free("deit+linear"), group => group.Kind == ChannelKind.Neuron);
    }

    private static ChannelGraph Graph(string family) => Graphs[family];

    private static ChannelGroup[] Free(string family) => [.. Graph(family).Groups.Where(group => group.Fixed is null)];

    private static ValueList<int> Some(ChannelGroup group, Random random)
    {
        int[] kept = [.. Enumerable.Range(0, group.Units).Where(_ => random.Next(2) == 0)];
        return [.. kept.Length > 0 ? kept : [random.Next(group.Units)]];
    }

    private static string? ModelCheck(Architecture architecture, IReadOnlyDictionary<string, Weight> weights) =>
        ParameterOps.Of(architecture, Families.Side, Families.Side).Where(spec => weights[spec.Name].Shape != spec.Shape).Select(spec => spec.Name).FirstOrDefault();

    private static void AssertEqual(string family, Dictionary<string, ValueList<int>> kept)
    {
        var graph = Graph(family);
        var cut = new ChannelCut(kept);
        var weights = Weights[family];
        var (architecture, sliced) = graph.Slice(weights, cut);
        using var scope = torch.NewDisposeScope();
        using var inference = torch.no_grad();
        using var dense = Network.Of(graph.Architecture, Families.Side, Families.Side, weights);
        using var zeroed = Network.Of(graph.Architecture, Families.Side, Families.Side, graph.Zero(weights, cut));
        using var pruned = Network.Of(architecture, Families.Side, Families.Side, sliced);
        var image = torch.randn(2, 3, Families.Side, Families.Side, generator: new torch.Generator(11));
        var expected = zeroed.Forward(image);
        var scale = expected.abs().max().item<float>();
        Assert.InRange((pruned.Forward(image) - expected).abs().max().item<float>() / scale, 0, Tolerance);
        if (kept.Any(group => group.Value.Count < graph[group.Key].Units))
        {
            var effect = (dense.Forward(image) - expected).abs().max().item<float>() / scale;
            Assert.True(effect > 100 * Tolerance, $"the cut units change {effect:0.0e0} of the logits, so that little was proved");
        }
    }
}
