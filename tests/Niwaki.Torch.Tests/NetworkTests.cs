using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class NetworkTests
{
    private static readonly Architecture Tiny = new(
        new SwinBackbone([SwinStage.Uniform(16, 2, 2, 4), SwinStage.Uniform(24, 2, 3, 4)]),
        new UperNetHead(8),
        5);

    [Fact]
    public void A_forward_gives_logits_at_the_stride_of_the_finest_feature()
    {
        using var network = Network.Create(Tiny, 40, 56, seed: 1);
        using var image = torch.rand(2, 3, 40, 56);
        using var logits = network.Forward(image);
        Assert.Equal([2, 5, 10, 14], logits.shape);
    }

    [Fact]
    public void Equal_seeds_give_equal_weights_and_others_do_not()
    {
        using var first = Network.Create(Tiny, 32, 32, seed: 1);
        using var same = Network.Create(Tiny, 32, 32, seed: 1);
        using var other = Network.Create(Tiny, 32, 32, seed: 2);
        const string Name = "backbone.stages.0.blocks.0.mlp.fc1.weight";
        Assert.Equal(first.Weights()[Name].Values, same.Weights()[Name].Values);
        Assert.NotEqual(first.Weights()[Name].Values, other.Weights()[Name].Values);
    }

    [Fact]
    public void Weights_survive_the_way_out_and_in()
    {
        using var network = Network.Create(Tiny, 32, 32, seed: 3);
        using var copy = Network.Of(Tiny, 32, 32, network.Weights());
        using var image = torch.rand(1, 3, 32, 32);
        using var expected = network.Forward(image);
        using var actual = copy.Forward(image);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    [Fact]
    public void Every_parameter_gets_a_gradient()
    {
        using var network = Network.Create(Tiny, 32, 32, seed: 1);
        using var image = torch.rand(2, 3, 32, 32);
        using var loss = network.Forward(image, new ForwardOptions { Training = true }).square().mean();
        loss.backward();
        Assert.All(network.Parameters, parameter => Assert.True(parameter.Tensor.grad is not null, parameter.Spec.Name));
    }

    [Fact]
    public void An_empty_picture_does_not_blow_up_the_gradient()
    {
        using var network = Network.Create(Tiny, 32, 32, seed: 1);
        using var image = torch.zeros(2, 3, 32, 32);
        using var loss = network.Forward(image, new ForwardOptions { Training = true }).square().mean();
        loss.backward();
        Assert.All(network.Parameters, parameter => Assert.InRange(parameter.Tensor.grad!.abs().max().ToSingle(), 0, 1e3f));
    }

    [Fact]
    public void Taps_belong_to_the_caller_and_nothing_else_is_left_over()
    {
        using var network = Network.Create(Tiny, 32, 32, seed: 1);
        using var image = torch.rand(1, 3, 32, 32);
        network.Forward(image).Dispose();                                               // fills the caches of the windows
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var names = new List<string>();
        using (torch.NewDisposeScope())
        {
            network.Forward(image, new ForwardOptions { Tap = (tap, value) => names.Add($"{tap.Name} {value.shape.Length}") });
        }

        Assert.Contains("backbone.stages.1.blocks.1 4", names);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Half_precision_stays_close_to_single()
    {
        using var network = Network.Create(Tiny, 32, 32, seed: 1);
        using var image = torch.rand(1, 3, 32, 32);
        using var single = network.Forward(image);
        using var half = network.Forward(image, new ForwardOptions { Precision = Precision.Bfloat16 });
        using var difference = (single - half).abs().max();
        using var range = single.max() - single.min();
        Assert.Equal(torch.float32, half.dtype);
        Assert.InRange(difference.item<float>() / range.item<float>(), 1e-7, 0.05);
    }
}
