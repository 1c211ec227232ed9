using Niwaki.Onnx;
using Niwaki.Torch;
using Xunit.Sdk;

namespace Niwaki.Parity.Tests;

/// <summary>
/// What must hold for every family with every head, of any widths and depths, also after a cut: drawn at random, from seeds that follow from the
/// names, so that a run that passed passes again. <c>NIWAKI_SAMPLES</c> and <c>NIWAKI_SEED</c> look further.
/// </summary>
public sealed class FamilyPropertyTests
{
    // zeroed channels add nothing but zeros to sums of doubles
    private const double ExactTolerance = 1e-9;

    // float32 through some ten layers with random gains: where a network answers a rounding of its numbers with more, so much more
    private const double RunTolerance = 2e-6;
    private const double RoundingFactor = 8;
    private const double MostTolerance = 1e-2;

    public static TheoryData<string, string> Pairs() => RandomNetwork.Pairs();

    public static TheoryData<string> Families() =>
        [.. Catalog.Of(typeof(Backbone), typeof(Backbone).Assembly).Keys.Concat(Catalog.Of(typeof(Head), typeof(Head).Assembly).Keys).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_draws_random_tiny_networks(string family) => Assert.True(
        RandomNetwork.Drawing<TinyBackbone>().ContainsKey(family) || RandomNetwork.Drawing<TinyHead>().ContainsKey(family),
        $"No properties are tested for '{family}': add a record below {nameof(TinyBackbone)} or {nameof(TinyHead)} that draws tiny ones.");

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Cutting_zeroed_units_changes_nothing_also_where_something_was_cut_before(string backbone, string head) => ForAny(backbone, head, (network, seed) =>
    {
        for (var round = 0; round < 2; round++)
        {
            var (cut, zeroed) = network.Prune(seed + round);
            var (actual, expected) = (Reference(cut), Reference(zeroed));
            Assert.Equal(expected.Count, actual.Count);
            foreach (var (left, right) in expected.Zip(actual))
                AssertClose(left, right, ExactTolerance, $"after {round} cuts");
            network = cut;
        }
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Parameters_are_those_that_a_running_network_holds(string backbone, string head) => ForEach(backbone, head, network =>
    {
        var counted = CostOps.Of(network.Architecture, network.Height, network.Width).Parameters;
        var declared = ParameterOps.Of(network.Architecture.WithoutAuxiliary(), network.Height, network.Width).Where(spec => !spec.IsBuffer).Sum(spec => spec.Shape.Elements);
        using var running = Network.Of(network.Architecture, network.Height, network.Width, network.Weights);
        var held = running.Parameters.Where(each => !each.Spec.Name.StartsWith(Architecture.AuxiliaryName, StringComparison.Ordinal)).Sum(each => each.Tensor.NumberOfElements);
        Assert.Equal((declared, held), (counted, counted));
        Assert.Equal(network.Weights.Keys.Order(StringComparer.Ordinal), running.Specs.Select(spec => spec.Name).Order(StringComparer.Ordinal));
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Multiply_accumulates_are_those_of_the_exported_graph(string backbone, string head) => ForEach(backbone, head, network =>
    {
        var graph = new NetworkGraph().Write(network.Architecture, network.Weights, network.Height, network.Width);
        Assert.Equal(GraphCost.Of(graph, network.Image.Shape, "exported graph").Macs, CostOps.Of(network.Architecture, network.Height, network.Width).Macs);
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Memory_of_intermediate_results_is_no_less_than_a_run_takes(string backbone, string head) => ForEach(backbone, head, network =>
    {
        var peak = CostOps.Details(network.Architecture, network.Height, network.Width).PeakActivations;
        var run = RunMemory.Of(network);
        Assert.True(run.Peak <= peak.Value, $"{run.Peak} bytes at {run.At}, but {peak.Value} were promised");
        Assert.True(run.Peak > peak.Value / 4, $"{run.Peak} bytes were taken where {peak.Value} were promised: such a bound says nothing");
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void An_architecture_comes_back_from_its_json(string backbone, string head) => ForEach(backbone, head, network =>
    {
        var vocabulary = new Vocabulary();
        Assert.Equal(network.Architecture, vocabulary.Read<Architecture>(vocabulary.Write(network.Architecture), "test"));
    });

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Torch_and_onnx_runtime_compute_what_plain_loops_compute(string backbone, string head) => ForEach(backbone, head, network =>
    {
        var expected = Reference(network);
        var rounding = new Lazy<IReadOnlyList<double>>(() => Roundings(network, expected));
        var torch = Runs.Outputs(network.Architecture, network.Weights, network.Image);
        Assert.Equal(expected.Count, torch.Count);
        for (var i = 0; i < expected.Count; i++)
            AssertRun(i, torch[i], "torch");
        foreach (var opset in new[] { 13, 17 })
            AssertRun(0, Runs.Onnx(opset)(network.Architecture, network.Weights, network.Image).Logits, $"opset {opset}");

        void AssertRun(int output, ReferenceTensor actual, string what)
        {
            Assert.Equal(expected[output].Shape, actual.Shape);
            if (Difference(expected[output], actual) > RunTolerance)
                AssertClose(expected[output], actual, Math.Clamp(RoundingFactor * rounding.Value[output], RunTolerance, MostTolerance), what);
        }
    });

    [Theory]
    [InlineData("mit", "segformer")]
    [InlineData("swin", "uper-net")]
    [InlineData("vit", "fpn")]
    public void The_tolerance_of_a_run_is_less_than_what_another_epsilon_or_order_changes(string backbone, string head) => ForAny(backbone, head, (network, _) =>
    {
        var expected = Reference(network);
        var tolerance = Math.Max(RunTolerance, RoundingFactor * Roundings(network, expected)[0]);
        Backbone other = network.Architecture.Backbone switch
        {
            MitBackbone mit => mit with { Epsilon = 1e-4 },
            SwinBackbone swin => swin with { Epsilon = 1e-4 },
            VitBackbone vit => vit with { Epsilon = 1e-4 },
            _ => throw new ArgumentException(backbone, nameof(backbone)),
        };
        var epsilon = network.Architecture with { Backbone = other };
        Assert.True(Difference(expected[0], Reference(network with { Architecture = epsilon })[0]) > tolerance, "another epsilon would not be noticed");
        var (name, weight) = network.Weights.Last(pair => pair.Key.EndsWith("attn.q.weight", StringComparison.Ordinal));
        var rows = weight.Values.Chunk(weight.Values.Length / weight.Shape[0]).Reverse().SelectMany(row => row);
        var swapped = new Dictionary<string, Weight>(network.Weights) { [name] = new Weight(weight.Shape, [.. rows]) };
        Assert.True(Difference(expected[0], Reference(network with { Weights = swapped })[0]) > tolerance, $"another order of the rows of {name} would not be noticed");
    });

    private static void ForAny(string backbone, string head, Action<RandomNetwork, int> holds)
    {
        foreach (var seed in Seeds.Of($"{backbone}+{head}", Seeds.Samples))
        {
            try
            {
                holds(RandomNetwork.Draw(backbone, head, seed), seed);
            }
            catch (Exception error)
            {
                throw new XunitException($"Seed {seed} (NIWAKI_SEED={seed} repeats it): {error.Message}", error);
            }
        }
    }

    // dense and cut
    private static void ForEach(string backbone, string head, Action<RandomNetwork> holds) => ForAny(backbone, head, (network, seed) =>
    {
        holds(network);
        holds(network.Prune(seed).Cut);
    });

    private static IReadOnlyList<ReferenceTensor> Reference(RandomNetwork network) =>
        network.Architecture.Outputs(new ReferenceOps(network.Weights), new ReferenceTensor(network.Image));

    // how far each output moves when every number goes to a float beside it: what roundings on the way may do as well
    private static IReadOnlyList<double> Roundings(RandomNetwork network, IReadOnlyList<ReferenceTensor> expected)
    {
        var moves = Enumerable.Range(0, 4).Select(seed => Reference(network.Nudged(seed))).ToArray();
        return [.. expected.Select((output, i) => moves.Max(move => Difference(output, move[i])))];
    }

    // relative to the largest value
    private static double Difference(ReferenceTensor expected, ReferenceTensor actual) =>
        expected.Values.Zip(actual.Values, (x, y) => double.IsFinite(y) ? Math.Abs(x - y) : double.PositiveInfinity).Max() / expected.Values.Max(Math.Abs);

    private static void AssertClose(ReferenceTensor expected, ReferenceTensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var difference = Difference(expected, actual);
        Assert.True(difference <= tolerance, $"{what}: differs by {difference:g3} of the largest value, allowed is {tolerance:g3}");
    }
}
