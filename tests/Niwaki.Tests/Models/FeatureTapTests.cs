namespace Niwaki.Tests;

public sealed class FeatureTapTests
{
    public static TheoryData<string> Models() => [.. Presets.Names.SelectMany(name => new[] { $"{name}+upernet-16", $"{name}+fpn-16", $"{name}+deeplabv3-16", $"{name}+linear" })];

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_tap_is_an_image_of_the_size_it_says_under_a_name_of_its_own(string model)
    {
        var taps = Taps(model);
        Assert.Equal(taps.Count, taps.Select(tap => tap.Tap.Name).Distinct().Count());
        foreach (var (tap, shape) in taps)
        {
            var image = tap.ToImage(new ParameterOps(), shape);
            Assert.Equal((1, tap.Height, tap.Width), (image[0], image[2], image[3]));
        }
    }

    [Theory]
    [InlineData("swin-tiny", 12, 4)]
    [InlineData("mobilevit-xxs", 9, 5)]
    [InlineData("deit-tiny", 12, 1)]
    [InlineData("resnet-18", 8, 4)]
    [InlineData("resnet-50", 16, 4)]
    [InlineData("swinv2-tiny", 12, 4)]
    [InlineData("mobilevitv2-050", 9, 5)]
    public void Every_block_and_every_stage_is_tapped(string backbone, int blocks, int stages)
    {
        var taps = Taps($"{backbone}+upernet-16");
        Assert.Equal(blocks, taps.Count(tap => tap.Tap.Kind == FeatureKind.Block));
        Assert.Equal(stages, taps.Count(tap => tap.Tap.Kind == FeatureKind.Stage));
    }

    private static List<(FeatureTap Tap, Shape Shape)> Taps(string model)
    {
        var reader = new Listener();
        Presets.Architecture(model, 3).Forward(reader, new Shape(1, 3, 80, 112));
        return reader.Taps;
    }

    private sealed class Listener : ShapeOps
    {
        public List<(FeatureTap, Shape)> Taps { get; } = [];

        public override Shape Tap(Shape value, FeatureTap tap)
        {
            Taps.Add((tap, value));
            return value;
        }
    }
}
