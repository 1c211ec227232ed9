using Niwaki.Torch;
using TorchSharp;

namespace Niwaki.Parity.Tests;

/// <summary>The reference implementations' numbers through libtorch.</summary>
public sealed class TorchParityTests
{
    public static TheoryData<string> Networks() => Golden.Networks();

    [Theory]
    [MemberData(nameof(Networks))]
    public void Torch_gives_the_numbers_of_the_reference_implementation(string name) => Parity.Check(name, Run);

    private static Outcome Run(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image)
    {
        using var network = Network.Of(architecture, image.Shape[2], image.Shape[3], weights);
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        var taps = new Dictionary<string, (FeatureTap, ReferenceTensor)>(StringComparer.Ordinal);
        var picture = torch.tensor(image.Values).reshape([.. image.Shape.Dimensions.Select(size => (long)size)]);
        var logits = network.Forward(picture, new ForwardOptions { Tap = (tap, value) => taps.Add(tap.Name, (tap, Copied(value))) });
        return new Outcome(Copied(logits), taps);
    }

    private static ReferenceTensor Copied(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        var shape = new Shape(tensor.shape.Select(size => (int)size).ToArray());
        return new ReferenceTensor(new Weight(shape, tensor.contiguous().data<float>().ToArray()));
    }
}
