namespace Niwaki.Onnx.Tests;

public sealed class LabelledTests
{
    [Fact]
    public void Of_several_classes_the_largest_counts() => Assert.Equal(2, Labelled.Same([1, 0, 5, 2, 3, 1], [1, 4, 3, 2, 3, 1], 2));

    [Fact]
    public void One_class_is_there_or_not()
    {
        // shares: above a half
        Assert.Equal(2, Labelled.Same([0.4f, 0.6f, 0.9f], [0.6f, 0.7f, 0.8f], 1));
        // logits: above zero
        Assert.Equal(1, Labelled.Same([-3, 0.4f, 2], [-1, -0.4f, -2], 1));
    }
}
