namespace Niwaki.Vision.Tests;

public sealed class AugmentationTests
{
    private static readonly Augmentation Geometry = new() { VerticalFlip = 0.5, Rotation = 30, Brightness = 0, Contrast = 0, Saturation = 0, Hue = 0, Blur = 0 };

    [Theory]
    [InlineData(ResizeMode.Stretch)]
    [InlineData(ResizeMode.Letterbox)]
    [InlineData(ResizeMode.CenterCrop)]
    public void Masks_stay_exactly_on_their_pictures(ResizeMode resize)
    {
        // the picture's red is the class: after any augmentation it still has to be
        var labels = Pictures.Labels(83, 61, (x, y) => (x / 7 + y / 5 * 3) % 14);
        var sample = new Sample("a", Pictures.Of(83, 61, (x, y) => (labels.Labels[y * 83 + x] * 18, 0, 0)), labels);
        var preprocess = new Preprocess(48, 40) { Resize = resize, Interpolation = Interpolation.Nearest, Mean = [0, 0, 0], Std = [1, 1, 1] };
        var (image, mask) = (new float[3 * 48 * 40], new byte[48 * 40]);
        var (known, wrong) = (0, 0);
        for (var seed = 0; seed < 200; seed++)
        {
            Geometry.Apply(sample, preprocess, seed, image, mask);
            for (var i = 0; i < mask.Length; i++)
            {
                if (mask[i] == LabelMap.Ignore)
                    continue;
                known++;
                wrong += mask[i] * 18 == (int)MathF.Round(image[i] * 255) ? 0 : 1;
            }
        }

        Assert.Equal(0, wrong);
        Assert.True(known > 200 * mask.Length / 4);
    }

    [Fact]
    public void Smooth_sampling_agrees_with_the_mask_inside_of_every_class()
    {
        var labels = Pictures.Labels(200, 160, (x, y) => (x / 50 + y / 40 * 4) % 14);
        var sample = new Sample("a", Pictures.Of(200, 160, (x, y) => (labels.Labels[y * 200 + x] * 18, 0, 0)), labels);
        var preprocess = new Preprocess(64, 64) { Mean = [0, 0, 0], Std = [1, 1, 1] };
        var (image, mask) = (new float[3 * 64 * 64], new byte[64 * 64]);
        for (var seed = 0; seed < 12; seed++)
        {
            Geometry.Apply(sample, preprocess, seed, image, mask);
            for (var y = 2; y < 62; y++)
            {
                for (var x = 2; x < 62; x++)
                {
                    var label = mask[y * 64 + x];
                    if (label == LabelMap.Ignore || !Enumerable.Range(0, 25).All(k => mask[(y + k / 5 - 2) * 64 + x + k % 5 - 2] == label))
                        continue;
                    Assert.Equal(label * 18 / 255f, image[y * 64 + x], 1e-4f);
                }
            }
        }
    }

    [Fact]
    public void Nothing_at_random_is_the_plain_preprocessing()
    {
        var sample = new Sample("a", Pictures.Of(96, 64, (x, y) => (x * 2, y * 3, x + y)), Pictures.Labels(96, 64, (x, y) => x / 10 + y / 20));
        foreach (var (width, height) in new[] { (96, 64), (48, 32), (120, 100) })
        {
            var preprocess = new Preprocess(width, height) { Mean = [0, 0, 0], Std = [1, 1, 1] };
            var (image, mask) = (new float[3 * width * height], new byte[width * height]);
            Augmentation.None.Apply(sample, preprocess, 7, image, mask);
            Assert.Equal(preprocess.ApplyToLabels(sample.Labels!).Labels, mask);
            var expected = preprocess.Apply(sample.Image);
            for (var y = 2; y < height - 2; y++)
            {
                for (var x = 2; x < width - 2; x++)
                    Assert.Equal(expected[y * width + x], image[y * width + x], 0.004f);
            }
        }
    }

    [Fact]
    public void Outside_of_the_picture_is_the_mean_and_ignored()
    {
        var sample = new Sample("a", Pictures.Flat(50, 50, 255, 255, 255), Pictures.Labels(50, 50, (_, _) => 2));
        var preprocess = new Preprocess(40, 40);
        var (image, mask) = (new float[4800], new byte[1600]);
        (Augmentation.None with { MinScale = 0.5, MaxScale = 0.5 }).Apply(sample, preprocess, 3, image, mask);
        Assert.Equal(400, mask.Count(label => label == 2));
        for (var i = 0; i < 1600; i++)
            Assert.Equal(mask[i] == 2, image[i] != 0);
    }

    [Fact]
    public void Colours_change_and_stay_within_the_range_of_pictures()
    {
        var sample = new Sample("a", Pictures.Of(30, 30, (x, y) => (x * 8, y * 8, 128)), Pictures.Labels(30, 30, (_, _) => 0));
        var preprocess = new Preprocess(30, 30) { Mean = [0, 0, 0], Std = [1, 1, 1] };
        var color = Augmentation.None with { Brightness = 1, Contrast = 1, Saturation = 1, Hue = 0.5 };
        var (image, mask) = (new float[2700], new byte[900]);
        var means = new List<float>();
        for (var seed = 0; seed < 30; seed++)
        {
            color.Apply(sample, preprocess, seed, image, mask);
            Assert.All(image, value => Assert.InRange(value, 0, 1.0001f));
            means.Add(image.Average());
        }

        Assert.True(means.Max() - means.Min() > 0.3);
    }

    [Fact]
    public void A_blur_keeps_the_mean_and_lowers_the_contrast()
    {
        var image = Pictures.Noise(40, 40, 3).Pixels.Select(value => value / 255f).ToArray();
        var blurred = image.ToArray();
        GaussianBlur.Apply(blurred, 40, 40, 1.5);
        Assert.Equal(image.Average(), blurred.Average(), 0.02f);
        Assert.True(Variance(blurred) < Variance(image) / 4);
        var flat = Enumerable.Repeat(0.3f, 4800).ToArray();
        GaussianBlur.Apply(flat, 40, 40, 3);
        Assert.All(flat, value => Assert.Equal(0.3f, value, 1e-5f));

        static double Variance(float[] values)
        {
            var mean = values.Average();
            return values.Average(value => (value - mean) * (value - mean));
        }
    }

    [Fact]
    public void Pictures_of_one_pixel_and_of_extreme_shape_survive()
    {
        foreach (var (width, height) in new[] { (1, 1), (1, 500), (2000, 3) })
        {
            var sample = new Sample("a", Pictures.Flat(width, height, 10, 20, 30), Pictures.Labels(width, height, (_, _) => 1));
            for (var seed = 0; seed < 20; seed++)
                new Augmentation { Blur = 1 }.Apply(sample, new Preprocess(16, 16), seed, new float[768], new byte[256]);
        }
    }

    [Fact]
    public void Values_out_of_range_are_refused_by_name()
    {
        Assert.Contains("max-scale", Assert.Throws<StageException>(() => new Augmentation { MinScale = 1, MaxScale = 0.5 }.Validate()).Message);
        Assert.Contains("rotation", Assert.Throws<StageException>(() => new Augmentation { Rotation = double.NaN }.Validate()).Message);
    }
}
