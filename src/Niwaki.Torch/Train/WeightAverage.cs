using TorchSharp;

namespace Niwaki.Torch;

/// <summary>
/// The exponential moving average of a network's parameters and buffers, as a network of its own. The decay rises with the steps,
/// min(decay, (1 + t) / (10 + t)), so that the random start is soon forgotten.
/// </summary>
internal sealed class WeightAverage(Network source, StartingPoint start, double decay) : IDisposable
{
    /// <summary>The averaged network; the source itself where the decay is 0.</summary>
    public Network Network { get; } = decay > 0 ? Network.Of(start.Architecture, start.Preprocess.Height, start.Preprocess.Width, start.Weights) : source;

    /// <summary>Takes in the source after <paramref name="steps"/> steps.</summary>
    public void Update(int steps)
    {
        if (decay == 0)
            return;
        using var free = torch.NewDisposeScope();
        using var still = torch.no_grad();
        var keep = Math.Min(decay, (1.0 + steps) / (10.0 + steps));
        foreach (var spec in Network.Specs)
            Network[spec.Name].mul_(keep).add_(source[spec.Name], 1 - keep);
    }

    public void Dispose()
    {
        if (decay > 0)
            Network.Dispose();
    }
}
