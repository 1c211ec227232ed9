using CsCheck;
using Niwaki.Onnx;
using Niwaki.Torch;

namespace Niwaki.Parity.Tests;

/// <summary>What must hold for every family with every head, of any widths and depths, also after a cut: drawn at random.</summary>
public sealed class FamilyPropertyTests
{
    // NIWAKI_SAMPLES=100 looks longer
    private static readonly int Samples = int.TryParse(Environment.GetEnvironmentVariable("NIWAKI_SAMPLES"), out var given) ? given : 2;

    // zeroed channels add nothing but zeros to sums of doubles
    private const double ExactTolerance = 1e-9;

    // float32 through some ten layers with random gains
    private const double RunTolerance = 1e-4;

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
        var torch = Runs.Outputs(network.Architecture, network.Weights, network.Image);
        Assert.Equal(expected.Count, torch.Count);
        foreach (var (left, right) in expected.Zip(torch))
            AssertClose(left, right, RunTolerance, "torch");
        foreach (var opset in new[] { 13, 17 })
            AssertClose(expected[0], Runs.Onnx(opset)(network.Architecture, network.Weights, network.Image).Logits, RunTolerance, $"opset {opset}");
    });

    private static void ForAny(string backbone, string head, Action<RandomNetwork, int> holds) =>
        Gen.Int[0, int.MaxValue / 2].Sample(seed => holds(RandomNetwork.Draw(backbone, head, seed), seed), iter: Samples, threads: 1);

    // dense and cut
    private static void ForEach(string backbone, string head, Action<RandomNetwork> holds) => ForAny(backbone, head, (network, seed) =>
    {
        holds(network);
        holds(network.Prune(seed).Cut);
    });

    private static IReadOnlyList<ReferenceTensor> Reference(RandomNetwork network) =>
        network.Architecture.Outputs(new ReferenceOps(network.Weights), new ReferenceTensor(network.Image));

    private static void AssertClose(ReferenceTensor expected, ReferenceTensor actual, double tolerance, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var largest = expected.Values.Max(Math.Abs);
        var difference = expected.Values.Zip(actual.Values, (x, y) => double.IsFinite(y) ? Math.Abs(x - y) : double.PositiveInfinity).Max();
        Assert.True(difference <= tolerance * largest, $"{what}: differs by {difference:g3} where the largest value is {largest:g3}");
    }
}
