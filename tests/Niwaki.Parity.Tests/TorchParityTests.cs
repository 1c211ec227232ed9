namespace Niwaki.Parity.Tests;

/// <summary>The reference implementations' numbers through libtorch.</summary>
public sealed class TorchParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Torch_gives_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Runs.Torch);
}
