using TorchSharp;

namespace Niwaki.Torch;

/// <summary>A network that teaches with its logits and its features.</summary>
internal sealed class NetworkTeacher(Network network, Precision precision) : ITeacher
{
    private readonly ForwardOptions options = new() { Precision = precision };

    public IReadOnlyList<Feature> Features { get; } = DistillPair.FeaturesOf(network.Architecture, network.Height, network.Width);

    public (torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) Answer(torch.Tensor images, IReadOnlySet<string> taps)
    {
        using var still = torch.no_grad();
        return network.Forward(images, options, taps);
    }

    public void Dispose() => network.Dispose();
}
