using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class LossTests
{
    [Fact]
    public void Cross_entropy_with_weights_and_smoothing_is_the_librarys_mean()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var (logits, labels) = Draw();
        var weights = torch.tensor(new float[] { 1, 2, 0.5f });
        var expected = torch.nn.functional.cross_entropy(logits, labels, weights, LabelMap.Ignore, label_smoothing: 0.1);

        var actual = new CrossEntropyLoss { ClassWeights = [1, 2, 0.5], LabelSmoothing = 0.1 }.Of(logits, labels);

        Assert.Equal(expected.ToDouble(), actual.ToDouble(), 5);
    }

    [Fact]
    public void Focal_without_gamma_is_the_cross_entropy_and_falls_with_it()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var (logits, labels) = Draw();
        var plain = new CrossEntropyLoss().Of(logits, labels).ToDouble();

        Assert.Equal(plain, new FocalLoss { Gamma = 0 }.Of(logits, labels).ToDouble(), 5);
        Assert.True(new FocalLoss().Of(logits, labels).ToDouble() < plain);
    }

    [Fact]
    public void Dice_is_zero_for_a_perfect_answer_and_high_for_the_opposite()
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var (_, labels) = Draw();
        var counted = labels.where(labels.ne(LabelMap.Ignore), torch.zeros_like(labels));
        var right = torch.zeros(2, 3, 8, 8).scatter_(1, counted.unsqueeze(1), torch.full(new long[] { 2, 1, 8, 8 }, 50f));

        Assert.Equal(0, new DiceLoss().Of(right, labels).ToDouble(), 3);
        Assert.True(new DiceLoss().Of(right.neg(), labels).ToDouble() > 0.9);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_batch_without_a_counted_pixel_has_no_loss_and_no_gradient(string kind)
    {
        LibTorch.Load();
        using var free = torch.NewDisposeScope();
        var loss = TrainingBench.Vocabulary.Read<Loss>(kind, "test");
        var logits = torch.randn(new long[] { 2, 3, 8, 8 }, requires_grad: true);
        var value = loss.Of(logits, torch.full(new long[] { 2, 8, 8 }, LabelMap.Ignore, torch.int64));
        value.backward();

        Assert.Equal(0, value.ToDouble());
        Assert.Equal(0, logits.grad!.abs().max().ToDouble());
    }

    public static TheoryData<string> Kinds =>
    [
        """{ "kind": "cross-entropy" }""",
        """{ "kind": "cross-entropy", "classWeights": [1, 2, 3], "labelSmoothing": 0.1 }""",
        """{ "kind": "ohem" }""",
        """{ "kind": "dice" }""",
        """{ "kind": "focal" }""",
    ];

    [Fact]
    public void A_mask_that_cannot_be_counted_is_told_as_it_is() =>
        Assert.Equal("a.png: is cut.", Assert.Throws<StageException>(() => new LabelLoss([new CrossEntropyLoss { Balance = 1 }], new CutMasks(), 3)).Message);

    [Fact]
    public void Balance_gives_every_class_its_weight_and_keeps_the_mean()
    {
        var fitted = (CrossEntropyLoss)new CrossEntropyLoss { Balance = 1 }.Fitted(() => [0.9, 0.1, 0]);

        Assert.Equal(0.9 * fitted.ClassWeights[0], 0.1 * fitted.ClassWeights[1], 10);
        Assert.Equal(1, (0.9 * fitted.ClassWeights[0]) + (0.1 * fitted.ClassWeights[1]), 10);
        Assert.Equal(fitted.ClassWeights[1], fitted.ClassWeights[2], 10);
    }

    private static (torch.Tensor Logits, torch.Tensor Labels) Draw()
    {
        var random = new Random(5);
        var logits = torch.tensor(Enumerable.Range(0, 2 * 3 * 64).Select(_ => (float)(random.NextDouble() * 6) - 3).ToArray(), [2, 3, 8, 8]);
        var labels = torch.tensor(Enumerable.Range(0, 2 * 64).Select(i => i % 9 == 0 ? LabelMap.Ignore : random.NextInt64(3)).ToArray(), [2, 8, 8]);
        return (logits, labels);
    }

    private sealed class CutMasks : ISampleSet
    {
        public int Count => 8;

        public Sample Load(int index) => throw new StageException("a.png: is cut.");

        public IReadOnlyList<long> ClassPixels(int index) => throw new StageException("a.png: is cut.");
    }
}
