namespace Niwaki.Parity.Tests;

/// <summary>The reference implementations' numbers through plain loops: the forwards themselves are right, and so are the name maps.</summary>
public sealed class ReferenceParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    public static TheoryData<string> NetworksToCome() => Golden.NetworksToCome();

    [Theory]
    [MemberData(nameof(NetworksToCome))]
    public void Plain_loops_give_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Runs.Reference, most: 2e8);

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

    [Theory]
    [MemberData(nameof(Networks))]
    public void Parameters_are_counted_as_the_checkpoint_holds_them(string name)
    {
        var golden = GoldenCase.Load(name);
        Assert.SkipWhen(golden.Architecture.Backbone is VitBackbone, $"{name}: the number of position embeddings follows the input.");
        var image = golden.Images.First().Image;
        var buffers = golden.Import(image).Skipped.ToHashSet(StringComparer.Ordinal);
        var expected = golden.State
            .Where(tensor => !buffers.Contains(tensor.Key) && !tensor.Key.Contains(".running_", StringComparison.Ordinal) && !tensor.Key.StartsWith("auxiliary_head.", StringComparison.Ordinal))
            .Sum(tensor => tensor.Value.Shape.Elements * (golden.Architecture.Backbone is SwinV2Backbone && tensor.Key.EndsWith(".qkv.bias", StringComparison.Ordinal) ? 2 : 3)) / 3; // a bias of k that is never used
        Assert.Equal(expected, CostOps.Of(golden.Architecture, image.Shape[2], image.Shape[3]).Parameters);
    }

    [Fact]
    public void The_tolerances_notice_a_wrong_epsilon()
    {
        var problem = Assert.ThrowsAny<Exception>(() => Parity.Check("timm_vit_cls", (architecture, weights, image) =>
            Runs.Reference(architecture with { Backbone = (VitBackbone)architecture.Backbone with { Epsilon = 1e-5 } }, weights, image)));
        Assert.SkipWhen(Golden.Folder is null, problem.Message);
        Assert.Contains("logits", problem.Message, StringComparison.Ordinal);
        Assert.Contains("block2", problem.Message, StringComparison.Ordinal);
    }
}
