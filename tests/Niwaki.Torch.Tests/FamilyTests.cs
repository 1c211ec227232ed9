using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>Every family can be trained.</summary>
public sealed class FamilyTests
{
    public static TheoryData<string> Names => [.. Families.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_small_step_against_the_gradient_lowers_the_loss_by_what_the_gradient_says(string family)
    {
        var architecture = Families.All[family];
        using var scope = torch.NewDisposeScope();
        using var network = Network.Of(architecture, Families.Side, Families.Side, Families.Weights(ChannelOps.Of(architecture, Families.Side, Families.Side), 3));
        var image = torch.randn(2, 3, Families.Side, Families.Side, generator: new torch.Generator(1));
        var loss = Loss();
        loss.backward();
        var square = network.Parameters.Sum(parameter => parameter.Tensor.grad!.square().sum(type: torch.float64).item<double>());
        var step = 2e-3 * loss.item<float>() / square;
        using var frozen = torch.no_grad();
        var after = At(-step);
        var before = At(step);
        Assert.InRange((before - after) / (2 * step * square), 0.95, 1.05);

        torch.Tensor Loss() => network.Forward(image).square().mean();

        double At(double distance)
        {
            foreach (var (_, tensor) in network.Parameters)
                tensor.add_(tensor.grad!, distance);
            var value = Loss().item<float>();
            foreach (var (_, tensor) in network.Parameters)
                tensor.add_(tensor.grad!, -distance);
            return value;
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_parameter_gets_a_finite_gradient_in_training_with_stochastic_depth(string family)
    {
        var architecture = Families.All[family];
        architecture = architecture with
        {
            Backbone = architecture.Backbone switch
            {
                SwinV2Backbone swin => swin with { DropPath = 0.3 },
                MobileVitV2Backbone mobile => mobile with { DropPath = 0.3 },
                var other => other,
            },
        };
        using var scope = torch.NewDisposeScope();
        using var network = Network.Create(architecture, Families.Side, Families.Side, seed: 4);
        network.Forward(torch.randn(4, 3, Families.Side, Families.Side, generator: new torch.Generator(2)), new ForwardOptions { Training = true }).square().mean().backward();
        Assert.All(network.Parameters, parameter => Assert.True(parameter.Tensor.grad is { } gradient && gradient.isfinite().all().item<bool>(), parameter.Spec.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_forward_with_taps_leaves_nothing_behind(string family)
    {
        using var network = Network.Create(Families.All[family], Families.Side, Families.Side, seed: 1);
        using var image = torch.rand(1, 3, Families.Side, Families.Side);
        network.Forward(image).Dispose();                                               // fills the caches of the windows
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (torch.NewDisposeScope())
            network.Forward(image, new ForwardOptions { Tap = (_, _) => { } });
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }
}
