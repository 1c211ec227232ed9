namespace Niwaki.Parity.Tests;

/// <summary>Every operation means the same to every reader that runs.</summary>
public sealed class OpParityTests
{
    public static TheoryData<string> Ops() => [.. OpProbe.Ops];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Torch_computes_what_plain_loops_compute(string op) => Compare(op, Runs.Torch);

    [Theory]
    [MemberData(nameof(Ops))]
    public void A_graph_of_opset_17_computes_what_plain_loops_compute(string op) => Compare(op, Runs.Onnx(17));

    [Theory]
    [MemberData(nameof(Ops))]
    public void A_graph_of_opset_13_computes_what_plain_loops_compute(string op) => Compare(op, Runs.Onnx(13));

    [Theory]
    [MemberData(nameof(Ops))]
    public void Shapes_are_followed_as_plain_loops_make_them(string op)
    {
        var architecture = new Architecture(new ImageBackbone(), new OpProbe(op), 3);
        var image = Image(1);
        Assert.Equal(Runs.Reference(architecture, Weights(architecture), image).Logits.Shape, architecture.Forward(new ParameterOps(), image.Shape));
    }

    private static void Compare(string op, Func<Architecture, IReadOnlyDictionary<string, Weight>, Weight, Outcome> run)
    {
        var architecture = new Architecture(new ImageBackbone(), new OpProbe(op), 3);
        var image = Image(2);
        var weights = Weights(architecture);
        var expected = Runs.Reference(architecture, weights, image).Logits;
        var actual = run(architecture, weights, image).Logits;
        Assert.Equal(expected.Shape, actual.Shape);
        var largest = expected.Values.Max(Math.Abs);
        Assert.All(expected.Values.Zip(actual.Values), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * Math.Max(1, largest)));
    }

    private static Weight Image(int batch)
    {
        var random = new Random(17);
        return Filled(new Shape(batch, 3, 9, 13), () => (random.NextSingle() * 6) - 3);
    }

    private static Dictionary<string, Weight> Weights(Architecture architecture)
    {
        var random = new Random(18);
        return ParameterOps.Of(architecture, 9, 13).ToDictionary(
            spec => spec.Name,
            spec => Filled(spec.Shape, () => spec.Role == ParameterRole.RunningVariance ? 0.05f + random.NextSingle() : (random.NextSingle() * 2) - 1),
            StringComparer.Ordinal);
    }

    private static Weight Filled(Shape shape, Func<float> next) => new(shape, [.. Enumerable.Range(0, (int)shape.Elements).Select(_ => next())]);
}
