using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101). Its state can be read and restored exactly, which is
/// why it is written here.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    private readonly IReadOnlyList<Slot> slots;

    private sealed record Slot(TrainedParameter Parameter, torch.Tensor Mean, torch.Tensor Square);

    public AdamW(IEnumerable<TrainedParameter> parameters)
    {
        using var free = torch.NewDisposeScope();
        slots = [.. parameters.Select(parameter => new Slot(parameter, Zeros(parameter.Tensor), Zeros(parameter.Tensor)))];
    }

    /// <summary>Updates so far.</summary>
    public int Updates { get; private set; }

    /// <summary>One update from the gradients, which are zero afterwards.</summary>
    /// <param name="rate">The learning rate before each parameter's own factor.</param>
    /// <param name="clip">Largest norm of the whole gradient; 0 for none.</param>
    /// <returns>The gradient's norm before clipping. Where it is not finite nothing was changed.</returns>
    public double Step(double rate, double clip)
    {
        using var free = torch.NewDisposeScope();
        using var still = torch.no_grad();
        var gradients = slots.Select(slot => slot.Parameter.Tensor.grad).ToArray();
        var norms = gradients.OfType<torch.Tensor>().Select(gradient => gradient.norm()).ToArray();
        var norm = norms.Length == 0 ? 0 : torch.stack(norms).norm().ToDouble();
        if (!double.IsFinite(norm))
            return norm;

        Updates++;
        var shrink = clip > 0 && norm > clip ? clip / norm : 1;
        var correction1 = 1 - Math.Pow(Beta1, Updates);
        var correction2 = Math.Sqrt(1 - Math.Pow(Beta2, Updates));
        for (var i = 0; i < slots.Count; i++)
        {
            if (gradients[i] is not { } gradient)
                continue;
            var (parameter, mean, square) = slots[i];
            if (shrink < 1)
                gradient.mul_(shrink);
            mean.mul_(Beta1).add_(gradient, 1 - Beta1);
            square.mul_(Beta2).addcmul_(gradient, gradient, 1 - Beta2);
            var step = rate * parameter.RateFactor;
            if (parameter.Decay > 0)
                parameter.Tensor.mul_(1 - (step * parameter.Decay));
            parameter.Tensor.addcdiv_(mean, square.sqrt().div_(correction2).add_(Epsilon), -step / correction1);
            gradient.zero_();
        }

        return norm;
    }

    /// <summary>The state as tensors, for a checkpoint.</summary>
    public IEnumerable<KeyValuePair<string, Weight>> State() =>
        slots.SelectMany(slot => new[]
        {
            KeyValuePair.Create($"optimizer/mean/{slot.Parameter.Name}", slot.Mean.ToWeight()),
            KeyValuePair.Create($"optimizer/square/{slot.Parameter.Name}", slot.Square.ToWeight()),
        });

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(IReadOnlyDictionary<string, Weight> state, int updates)
    {
        Updates = updates;
        foreach (var slot in slots)
        {
            slot.Mean.SetTo(state[$"optimizer/mean/{slot.Parameter.Name}"]);
            slot.Square.SetTo(state[$"optimizer/square/{slot.Parameter.Name}"]);
        }
    }

    public void Dispose()
    {
        foreach (var slot in slots)
        {
            slot.Mean.Dispose();
            slot.Square.Dispose();
        }
    }

    private static torch.Tensor Zeros(Parameter parameter)
    {
        using var still = torch.no_grad();
        return torch.zeros_like(parameter).DetachFromDisposeScope();
    }
}

/// <summary>A tensor that the optimizer changes.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Tensor">Owned by its network or objective.</param>
/// <param name="RateFactor">Of the learning rate.</param>
/// <param name="Decay">Weight decay; 0 for norms, biases, embeddings and position tables.</param>
internal sealed record TrainedParameter(string Name, Parameter Tensor, double RateFactor, double Decay);
