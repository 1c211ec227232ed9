namespace Niwaki.Parity.Tests;

/// <summary>The reference implementations' numbers through plain loops: the forwards themselves are right, and so are the name maps.</summary>
public sealed class ReferenceParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Plain_loops_give_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Run, most: 1.5e8);

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_tensor_of_a_checkpoint_has_a_place_or_is_known_to_be_superfluous(string name)
    {
        var golden = GoldenCase.Load(name);
        var imported = golden.Import(golden.Images.First().Image);
        Assert.Empty(imported.Missing);
        Assert.Empty(imported.Misfits);
        Assert.Empty(imported.Unused);
    }

    private static Outcome Run(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image)
    {
        var taps = new Dictionary<string, (FeatureTap, ReferenceTensor)>(StringComparer.Ordinal);
        var reader = new ReferenceOps(weights) { Tapped = (tap, value) => taps.Add(tap.Name, (tap, value)) };
        return new Outcome(architecture.Forward(reader, new ReferenceTensor(image)), taps);
    }
}
