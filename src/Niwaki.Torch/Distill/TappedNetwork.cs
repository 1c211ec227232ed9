using TorchSharp;

namespace Niwaki.Torch;

/// <summary>A network's forward with the features that objectives read.</summary>
internal static class TappedNetwork
{
    /// <summary>Logits, and features by name as <c>[B, C, H, W]</c>; all belong to the caller's dispose scope.</summary>
    public static (torch.Tensor Logits, IReadOnlyDictionary<string, torch.Tensor> Features) Forward(this Network network, torch.Tensor images, ForwardOptions options, IReadOnlySet<string> taps) =>
        network.Tapped(options, taps, tapped => network.Forward(images, tapped));

    /// <summary>The same with the logits of the auxiliary head where there is one.</summary>
    public static (IReadOnlyList<torch.Tensor> Outputs, IReadOnlyDictionary<string, torch.Tensor> Features) Outputs(this Network network, torch.Tensor images, ForwardOptions options, IReadOnlySet<string> taps) =>
        network.Tapped(options, taps, tapped => network.Outputs(images, tapped));

    private static (T Result, IReadOnlyDictionary<string, torch.Tensor> Features) Tapped<T>(this Network network, ForwardOptions options, IReadOnlySet<string> taps, Func<ForwardOptions, T> run)
    {
        var features = new Dictionary<string, torch.Tensor>(StringComparer.Ordinal);
        if (taps.Count == 0)
            return (run(options), features);
        var layouts = new TorchOps(network, options);
        var tapped = new List<(FeatureTap Tap, torch.Tensor Value)>();
        var result = run(options with
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
        return (result, features);
    }
}
