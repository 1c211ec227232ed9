using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Pictures as one network takes them, turned into what another takes: normalisation, order of planes, size.</summary>
internal sealed class TeacherInput : IDisposable
{
    private readonly Preprocess to;
    private readonly bool swap;
    private readonly torch.Tensor? factor;
    private readonly torch.Tensor? offset;

    public TeacherInput(Preprocess from, Preprocess to)
    {
        this.to = to;
        swap = from.ChannelOrder != to.ChannelOrder;
        int[] planes = swap ? [2, 1, 0] : [0, 1, 2];
        var factors = planes.Select((plane, i) => from.Std[plane] / to.Std[i]).ToArray();
        var offsets = planes.Select((plane, i) => (from.Mean[plane] - to.Mean[i]) / to.Std[i]).ToArray();
        if (factors.Any(value => value != 1) || offsets.Any(value => value != 0))
        {
            factor = TensorCopies.FloatsOf(factors, [1, 3, 1, 1]).DetachFromDisposeScope();
            offset = TensorCopies.FloatsOf(offsets, [1, 3, 1, 1]).DetachFromDisposeScope();
        }
    }

    /// <param name="images"><c>[B, 3, H, W]</c> of the one.</param>
    /// <returns><c>[B, 3, H', W']</c> of the other.</returns>
    public torch.Tensor Of(torch.Tensor images)
    {
        using var scope = torch.NewDisposeScope();
        var result = Maps.Align(images, to.Height, to.Width);
        if (swap)
            result = result.flip(1);
        if (factor is not null)
            result = (result * factor) + offset!;
        return result.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        factor?.Dispose();
        offset?.Dispose();
    }
}
