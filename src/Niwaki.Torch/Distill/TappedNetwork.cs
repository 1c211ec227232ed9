using TorchSharp;

namespace Niwaki.Torch;

/// <summary>A network's forward with the features that objectives read.</summary>
internal static class TappedNetwork
{
    /// <summary>Logits, and features by name as <c>[B, C, H, W]</c>; all belong to the caller's dispose scope.</summary>
    public static (torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) Forward(this Network network, torch.Tensor images, ForwardOptions options, IReadOnlySet<string> taps)
    {
        var features = new Dictionary<string, torch.Tensor>(StringComparer.Ordinal);
        if (taps.Count == 0)
            return (network.Forward(images, options), features);
        var layouts = new TorchOps(network, options);
        var tapped = new List<(FeatureTap Tap, torch.Tensor Value)>();
        var logits = network.Forward(images, options with
        {
            Tap = (tap, value) =>
            {
                if (taps.Contains(tap.Name))
                    tapped.Add((tap, value));
                else
                    value.Dispose();
            },
        });
        foreach (var (tap, value) in tapped)
            features[tap.Name] = tap.ToImage(layouts, value);
        return (logits, features);
    }
}
