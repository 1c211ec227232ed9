using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class FramePipelineTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Real_pictures_get_the_labels_that_the_measuring_pipeline_gives_them()
    {
        var pictures = Directory.EnumerateFiles(Shared.Data("camvid"), "*.png", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(Shared.Data("camvid"), "*.jpg", SearchOption.AllDirectories)).Order(StringComparer.Ordinal).Take(4).ToArray();
        Assert.SkipWhen(pictures.Length == 0, "camvid holds no pictures.");
        var preprocess = new Preprocess(96, 64) { Resize = ResizeMode.Letterbox };
        using var open = Open(new TestBundle { Preprocess = preprocess });
        using var measured = new OnnxSegmenter(open.Bundle.PathOf("model.onnx"), 64, 96, 4, new OrtRuntime());
        foreach (var path in pictures)
        {
            var image = ImageCodec.Decode(path);
            var expected = preprocess.Restore(measured.Run(preprocess.Apply(image)), image.Width, image.Height);
            var given = await open.Pipeline(null, TimeProvider.System).SegmentAsync(image, default, TestContext.Current.CancellationToken);
            Assert.Equal(expected.Labels, given.Labels.Labels);
            Assert.True(expected.Labels.Distinct().Count() > 1, "a picture of one class would prove nothing");
        }
    }

    [Fact]
    public async Task Tiles_of_the_model_s_own_size_give_the_labels_of_a_model_that_sees_the_whole_frame()
    {
        var frame = Scenes.Of(192, 144, 5);
        using var small = Open(new TestBundle { Preprocess = new Preprocess(64, 48), Name = "small" });
        using var large = Open(new TestBundle { Preprocess = new Preprocess(192, 144), Name = "large" });
        var whole = await Labels(large, null, frame);
        // starts at multiples of 4: 0, 32, 64, 96, 128 and 0, 32, 64, 96, so that the model's cells lie where they lie in the whole frame
        var tiled = await Labels(small, new Tiling(64, 32), frame);
        var stretched = await Labels(small, null, frame);
        Assert.Equal(whole.Labels, tiled.Labels);
        Assert.NotEqual(whole.Labels, stretched.Labels);
    }

    [Theory]
    [InlineData(64, 48, 64, 48, 16, 1)]
    [InlineData(65, 48, 64, 48, 16, 2)]
    [InlineData(1000, 700, 64, 48, 8, 324)]
    [InlineData(1000, 700, 48, 64, 0, 231)]
    public void Owned_parts_of_tiles_cover_a_frame_once(int width, int height, int modelWidth, int modelHeight, int overlap, int count)
    {
        var tiles = new Tiling(64, overlap).Cut(new Preprocess(modelWidth, modelHeight), width, height);
        Assert.Equal(count, tiles.Count);
        var covered = new int[width * height];
        foreach (var tile in tiles)
        {
            Assert.InRange(tile.Left, 0, width - tile.Width);
            Assert.InRange(tile.Top, 0, height - tile.Height);
            var owned = tile.Owned;
            Assert.True(owned.Left >= tile.Left && owned.Top >= tile.Top && owned.Left + owned.Width <= tile.Left + tile.Width && owned.Top + owned.Height <= tile.Top + tile.Height);
            for (var y = owned.Top; y < owned.Top + owned.Height; y++)
            {
                for (var x = owned.Left; x < owned.Left + owned.Width; x++)
                    covered[y * width + x]++;
            }
        }

        Assert.All(covered, times => Assert.Equal(1, times));
    }

    [Fact]
    public void A_frame_of_too_many_tiles_is_refused_with_what_to_do() =>
        Assert.Contains("Choose larger tiles", Assert.Throws<StageException>(() => new Tiling(16, 8).Cut(new Preprocess(64, 64), 10_000, 10_000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Areas_are_counted()
    {
        var areas = ClassAreas.Of(new LabelMap(7, 1, [0, 1, 1, 2, 1, 0, 3]), 4);
        Assert.Equal([2 / 7d, 3 / 7d, 1 / 7d, 1 / 7d], areas);
    }

    [Fact]
    public void Labels_of_no_class_are_refused() =>
        Assert.Contains("labels from 3 up", Assert.Throws<StageException>(() => ClassAreas.Of(new LabelMap(12, 1, [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 1]), 3)).Message, StringComparison.Ordinal);

    private Deployment Open(TestBundle bundle) => Deployment.Open(Bundle.Open(bundle.Unpack(folder)));

    private static async Task<LabelMap> Labels(Deployment deployment, Tiling? tiling, RgbImage frame) =>
        (await deployment.Pipeline(tiling, TimeProvider.System).SegmentAsync(frame, default, TestContext.Current.CancellationToken)).Labels;
}
