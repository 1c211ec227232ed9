namespace Niwaki.Vision.Tests;

public sealed class ResamplerTests
{
    // shrunk and enlarged, odd, smaller than a vector, one row, rows that nobody reads
    [Theory]
    [InlineData(64, 48, ResizeMode.Stretch, Interpolation.Bilinear)]
    [InlineData(64, 48, ResizeMode.Letterbox, Interpolation.Bicubic)]
    [InlineData(31, 33, ResizeMode.CenterCrop, Interpolation.Bilinear)]
    [InlineData(16, 7, ResizeMode.Stretch, Interpolation.Nearest)]
    public void Vectors_give_the_very_numbers_of_plain_sums(int width, int height, ResizeMode resize, Interpolation interpolation)
    {
        var preprocess = new Preprocess(width, height) { Resize = resize, Interpolation = interpolation };
        foreach (var (across, down) in new[] { (640, 395), (333, 217), (97, 41), (64, 48), (33, 34), (20, 31), (3, 200), (200, 3), (500, 1), (1, 1) })
        {
            var image = Pictures.Noise(across, down, across + down);
            Assert.Equal(Plain(preprocess, image), preprocess.Apply(image));
        }
    }

    // across, then down, each sum in the order of its weights
    private static float[] Plain(Preprocess preprocess, RgbImage image)
    {
        var (width, height) = (preprocess.Width, preprocess.Height);
        var placement = Placement.Of(preprocess, image.Width, image.Height);
        var across = ResampleAxis.Of(preprocess.Interpolation, image.Width, placement.Left, placement.Width, width);
        var down = ResampleAxis.Of(preprocess.Interpolation, image.Height, placement.Top, placement.Height, height);
        var normalise = Normalisation.Of(preprocess);
        var planes = new float[3 * width * height];
        for (var plane = 0; plane < 3; plane++)
        {
            var channel = normalise.SourceChannel(plane);
            for (var y = 0; y < down.Count; y++)
            {
                for (var x = 0; x < across.Count; x++)
                {
                    var sum = 0f;
                    for (var j = 0; j < down.Taps; j++)
                    {
                        var row = 0f;
                        for (var i = 0; i < across.Taps; i++)
                            row += image.Pixels[((down.Start[y] + j) * image.Width + across.Start[x] + i) * 3 + channel] * across.Weights[x * across.Taps + i];
                        sum += row * down.Weights[y * down.Taps + j];
                    }

                    planes[(plane * height + down.First + y) * width + across.First + x] = sum * normalise.Factor(plane) + normalise.Offset(plane);
                }
            }
        }

        return planes;
    }
}
