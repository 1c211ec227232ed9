using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch.Tests;

public sealed class AdamWTests
{
    [Fact]
    public void Updates_equal_the_librarys_optimizer()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var ours = new Parameter(torch.tensor(new float[] { 1, -2, 3 }));
        var theirs = new Parameter(torch.tensor(new float[] { 1, -2, 3 }));
        using var optimizer = new AdamW([new TrainedParameter("a", ours, 1, 0.1)]);
        using var reference = torch.optim.AdamW([theirs], lr: 0.01, weight_decay: 0.1);
        for (var step = 0; step < 20; step++)
        {
            (ours * ours * ours).sum().backward();
            optimizer.Step(0.01, 0);
            reference.zero_grad();
            (theirs * theirs * theirs).sum().backward();
            reference.step();
        }

        Assert.True((ours - theirs).abs().max().ToDouble() < 1e-5);
    }

    [Fact]
    public void The_gradient_is_clipped_to_its_norm_and_zero_afterwards()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var parameter = new Parameter(torch.tensor(new float[] { 3, 4 }));
        using var optimizer = new AdamW([new TrainedParameter("a", parameter, 1, 0)]);
        (parameter * torch.tensor(new float[] { 3, 4 })).sum().backward();

        Assert.Equal(5, optimizer.Step(0.1, 1), 5);
        Assert.Equal(0, parameter.grad!.abs().max().ToDouble());
        Assert.Equal(0.1f * 0.6f, optimizer.State().First().Value.Values[0], 5);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var parameter = new Parameter(torch.tensor(new float[] { 1, 1 }));
        using var optimizer = new AdamW([new TrainedParameter("a", parameter, 1, 0.1)]);
        (parameter * float.PositiveInfinity).sum().backward();

        Assert.False(double.IsFinite(optimizer.Step(0.1, 1)));
        Assert.Equal([1f, 1f], parameter.data<float>().ToArray());
    }
}
