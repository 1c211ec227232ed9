using TorchSharp;
using F = TorchSharp.torch.nn.functional;

namespace Niwaki.Torch.Tests;

public sealed class MapsTests
{
    [Theory]
    [InlineData(4, 4, 16, 16)]
    [InlineData(5, 3, 13, 17)]
    [InlineData(8, 8, 5, 11)]
    [InlineData(1, 2, 7, 7)]
    public void Resizing_equals_interpolation_with_its_gradient(int fromHeight, int fromWidth, int height, int width)
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var random = new Random(3);
        var values = Enumerable.Range(0, 2 * 3 * fromHeight * fromWidth).Select(_ => random.NextSingle()).ToArray();
        var ours = torch.tensor(values, [2, 3, fromHeight, fromWidth], requires_grad: true);
        var theirs = torch.tensor(values, [2, 3, fromHeight, fromWidth], requires_grad: true);

        var resized = Maps.Resize(ours, height, width);
        var expected = F.interpolate(theirs, [height, width], mode: torch.InterpolationMode.Bilinear, align_corners: false);
        resized.square().sum().backward();
        expected.square().sum().backward();

        Assert.True((resized - expected).abs().max().ToDouble() < 1e-6);
        Assert.True((ours.grad! - theirs.grad!).abs().max().ToDouble() < 1e-4);
    }

    [Fact]
    public void Aligning_to_a_smaller_grid_passes_over_no_value()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var map = torch.zeros(1, 1, 8, 8);
        map[0, 0, 3, 5] = torch.tensor(16f);

        Assert.Equal(4, Maps.Align(map, 4, 4).max().ToDouble(), 6);
        Assert.Equal(16, Maps.Align(map, 4, 4).sum().ToDouble() * 4, 5);
    }

    [Fact]
    public void Labels_are_sampled_at_the_centres_of_the_cells()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var labels = torch.arange(36, torch.int64).reshape(1, 6, 6);

        Assert.Equal([7L, 10L, 25L, 28L], Maps.Sample(labels, 2, 2).flatten().data<long>().ToArray());
        Assert.Equal(labels.data<long>().ToArray(), Maps.Sample(labels, 6, 6).flatten().data<long>().ToArray());
    }
}
