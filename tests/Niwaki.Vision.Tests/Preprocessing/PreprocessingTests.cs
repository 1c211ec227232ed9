namespace Niwaki.Vision.Tests;

public sealed class PreprocessingTests
{
    private static readonly Preprocess Plain = new(8, 6) { Mean = [0, 0, 0], Std = [1, 1, 1] };

    [Fact]
    public void A_picture_of_the_networks_size_is_only_normalised()
    {
        var preprocess = new Preprocess(9, 5);
        var image = Pictures.Noise(9, 5, 1);
        var planes = preprocess.Apply(image);
        for (var plane = 0; plane < 3; plane++)
        {
            for (var i = 0; i < 45; i++)
                Assert.Equal((image.Pixels[i * 3 + plane] / 255f - preprocess.Mean[plane]) / preprocess.Std[plane], planes[plane * 45 + i], 1e-5f);
        }
    }

    [Fact]
    public void Bgr_puts_blue_first_and_means_belong_to_planes()
    {
        var planes = (Plain with { ChannelOrder = ChannelOrder.Bgr, Mean = [0.1f, 0.2f, 0.3f] }).Apply(Pictures.Flat(3, 3, 255, 51, 102));
        Assert.Equal([0.4f - 0.1f, 0.2f - 0.2f, 1 - 0.3f], new[] { planes[0], planes[48], planes[96] }, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Bicubic)]
    [InlineData(Interpolation.Nearest)]
    public void A_flat_picture_stays_flat_at_every_size(Interpolation interpolation)
    {
        foreach (var (width, height) in new[] { (1, 1), (2, 300), (300, 2), (1000, 700), (8, 6) })
            Assert.All((Plain with { Interpolation = interpolation }).Apply(Pictures.Flat(width, height, 102, 102, 102)), value => Assert.Equal(0.4f, value, 1e-5f));
    }

    [Fact]
    public void Shrinking_by_four_averages_areas_instead_of_aliasing()
    {
        var stripes = Pictures.Of(64, 48, (x, _) => x % 2 == 0 ? (255, 255, 255) : (0, 0, 0));
        Assert.All(new Preprocess(16, 12) { Mean = [0, 0, 0], Std = [1, 1, 1] }.Apply(stripes), value => Assert.Equal(0.5f, value, 0.05f));
    }

    [Fact]
    public void A_letterbox_fills_with_the_mean_and_ignores_the_fill()
    {
        var preprocess = new Preprocess(8, 8) { Resize = ResizeMode.Letterbox };
        var planes = preprocess.Apply(Pictures.Flat(16, 8, 255, 255, 255));
        var labels = preprocess.ApplyToLabels(Pictures.Labels(16, 8, (_, _) => 3));
        for (var y = 0; y < 8; y++)
        {
            var fill = y is < 2 or >= 6;
            Assert.All(planes[(y * 8)..(y * 8 + 8)], value => Assert.True(fill ? value == 0 : value > 2));
            Assert.All(labels.Labels[(y * 8)..(y * 8 + 8)], label => Assert.Equal(fill ? LabelMap.Ignore : 3, label));
        }
    }

    [Fact]
    public void A_centre_crop_keeps_the_middle()
    {
        var preprocess = new Preprocess(8, 8) { Resize = ResizeMode.CenterCrop };
        var labels = preprocess.ApplyToLabels(Pictures.Labels(24, 8, (x, _) => x / 8));
        Assert.All(labels.Labels, label => Assert.Equal(1, label));
        var planes = Plain with { Width = 8, Height = 8, Resize = ResizeMode.CenterCrop };
        Assert.All(planes.Apply(Pictures.Of(24, 8, (x, _) => (x / 8 * 100, 0, 0)))[..64], value => Assert.Equal(100 / 255f, value, 1e-5f));
    }

    [Theory]
    [InlineData(ResizeMode.Stretch)]
    [InlineData(ResizeMode.Letterbox)]
    [InlineData(ResizeMode.CenterCrop)]
    public void Picture_labels_and_restoration_agree_for_every_shape(ResizeMode resize)
    {
        foreach (var (width, height) in new[] { (64, 64), (97, 41), (41, 97), (640, 395), (33, 34), (1, 1), (3, 200) })
        {
            var preprocess = new Preprocess(32, 24) { Resize = resize, Interpolation = Interpolation.Nearest, Mean = [0, 0, 0], Std = [1, 1, 1] };
            var truth = Pictures.Labels(width, height, (x, y) => (x * 5 / width + y * 3 / height * 5) % 14);
            var image = Pictures.Of(width, height, (x, y) => (truth.Labels[y * width + x], 0, 0));
            var planes = preprocess.Apply(image);
            var labels = preprocess.ApplyToLabels(truth);
            for (var i = 0; i < labels.Labels.Length; i++)
                Assert.Equal(labels.Labels[i] == LabelMap.Ignore ? 0 : labels.Labels[i], (int)MathF.Round(planes[i] * 255));
            var seen = labels.Labels.Select(label => label == LabelMap.Ignore ? (byte)0 : label).ToArray();
            var restored = preprocess.Restore(new Prediction(14, 24, 32, [], seen), width, height);
            var (right, counted) = (0, 0);
            var placement = Placement.Of(preprocess, width, height);
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var u = (x + 0.5) * placement.Width / width + placement.Left;
                    var v = (y + 0.5) * placement.Height / height + placement.Top;
                    if (u < 0 || v < 0 || u >= 32 || v >= 24)
                        continue;
                    counted++;
                    right += restored.Labels[y * width + x] == truth.Labels[y * width + x] ? 1 : 0;
                }
            }

            if (width >= 32 && height >= 24) // narrower ones lose classes on the way down
                Assert.True(right >= counted * 0.85, $"{width}x{height}: {right} of {counted}");
        }
    }

    [Theory]
    [InlineData(ResizeMode.Stretch, 1)]
    [InlineData(ResizeMode.Letterbox, 4)]
    [InlineData(ResizeMode.CenterCrop, 4)]
    public void Restoring_logits_equals_interpolating_every_pixel_of_every_class(ResizeMode resize, int stride)
    {
        const int Classes = 5;
        var preprocess = new Preprocess(32, 24) { Resize = resize };
        var (rows, columns) = (24 / stride, 32 / stride);
        var random = new RandomStream(3, stride);
        // blocks of one winner and noisy stretches
        var scores = new float[Classes * rows * columns];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = (float)random.Uniform() + (i / (rows * columns) == i % columns / 3 % Classes ? 0.7f : 0);
        foreach (var (width, height) in new[] { (77, 50), (20, 31), (32, 24) })
        {
            var labels = preprocess.Restore(new Prediction(Classes, rows, columns, scores, []), width, height);
            var placement = Placement.Of(preprocess, width, height);
            for (var y = 0; y < height; y++)
            {
                for (var x = 0; x < width; x++)
                {
                    var u = Math.Clamp(((x + 0.5) * placement.Width / width + placement.Left) / stride - 0.5, 0, columns - 1);
                    var v = Math.Clamp(((y + 0.5) * placement.Height / height + placement.Top) / stride - 0.5, 0, rows - 1);
                    var each = Enumerable.Range(0, Classes).Select(c => Bilinear(c, u, v)).ToArray();
                    Assert.True(each[labels.Labels[y * width + x]] >= each.Max() - 1e-5, $"({x}, {y}) of {width}x{height}");
                }
            }
        }

        double Bilinear(int c, double u, double v)
        {
            var (x, y) = ((int)u, (int)v);
            var (fx, fy) = (u - x, v - y);
            return Score(x, y) * (1 - fx) * (1 - fy) + Score(x + 1, y) * fx * (1 - fy) + Score(x, y + 1) * (1 - fx) * fy + Score(x + 1, y + 1) * fx * fy;
            double Score(int x, int y) => scores[(c * rows + Math.Min(y, rows - 1)) * columns + Math.Min(x, columns - 1)];
        }
    }

    [Fact]
    public void A_contract_that_cannot_be_met_is_refused()
    {
        Assert.Throws<StageException>(() => (Plain with { Std = [1, 0, 1] }).Apply(Pictures.Flat(2, 2, 0, 0, 0)));
        Assert.Throws<StageException>(() => (Plain with { Mean = [0] }).Apply(Pictures.Flat(2, 2, 0, 0, 0)));
    }

    [Theory]
    [InlineData(ResizeMode.Stretch, Interpolation.Bilinear, 37, 29, 37, 29)]
    [InlineData(ResizeMode.Stretch, Interpolation.Bilinear, 37, 29, 16, 8)]
    [InlineData(ResizeMode.Stretch, Interpolation.Bilinear, 64, 64, 32, 32)]
    [InlineData(ResizeMode.Stretch, Interpolation.Bilinear, 5, 3, 41, 19)]
    [InlineData(ResizeMode.Letterbox, Interpolation.Bilinear, 100, 31, 24, 24)]
    [InlineData(ResizeMode.CenterCrop, Interpolation.Bilinear, 100, 31, 24, 24)]
    [InlineData(ResizeMode.Stretch, Interpolation.Bicubic, 37, 29, 21, 50)]
    [InlineData(ResizeMode.Stretch, Interpolation.Nearest, 37, 29, 21, 50)]
    public void Every_number_is_that_of_plain_loops(ResizeMode resize, Interpolation interpolation, int sourceWidth, int sourceHeight, int width, int height)
    {
        var preprocess = new Preprocess(width, height) { Resize = resize, Interpolation = interpolation, ChannelOrder = ChannelOrder.Bgr };
        var random = new Random(5);
        var pixels = new byte[sourceWidth * sourceHeight * 3];
        random.NextBytes(pixels);
        var image = new RgbImage(sourceWidth, sourceHeight, pixels);
        Assert.Equal(PlainLoops(preprocess, image), preprocess.Apply(image));
    }

    [Theory]
    [InlineData(2, 1f)]
    [InlineData(14, 1f)]
    [InlineData(14, 1e-6f)]
    [InlineData(255, 30f)]
    public void Every_restored_label_is_that_of_all_classes_compared(int classes, float spread)
    {
        var random = new Random(classes);
        var (preprocess, rows, columns, width, height) = (new Preprocess(32, 24), 6, 8, 61, 47);
        // some pixels that are alike in two classes, and some that nearly are
        var scores = new float[classes * rows * columns];
        for (var i = 0; i < scores.Length; i++)
            scores[i] = i >= rows * columns && random.Next(4) == 0 ? scores[i - rows * columns] : 1 + spread * (random.NextSingle() - 0.5f);
        var restored = preprocess.Restore(new Prediction(classes, rows, columns, scores, []), width, height);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (atX, atY) = (Math.Clamp((x + 0.5) * 32 / width * columns / 32 - 0.5, 0, columns - 1), Math.Clamp((y + 0.5) * 24 / height * rows / 24 - 0.5, 0, rows - 1));
                var (left, top, far, low) = ((int)atX, (int)atY, (float)(atX - (int)atX), (float)(atY - (int)atY));
                var (right, bottom) = (Math.Min(left + 1, columns - 1), Math.Min(top + 1, rows - 1));
                var (best, most) = (0, float.NegativeInfinity);
                for (var c = 0; c < classes; c++)
                {
                    var plane = scores.AsSpan(c * rows * columns, rows * columns);
                    var score = (1 - far) * (1 - low) * plane[top * columns + left] + far * (1 - low) * plane[top * columns + right] + (1 - far) * low * plane[bottom * columns + left] + far * low * plane[bottom * columns + right];
                    if (score > most)
                        (best, most) = (c, score);
                }

                Assert.Equal(best, restored.Labels[y * width + x]);
            }
        }
    }

    // across, then down, in float32 and in the order of the pixels
    private static float[] PlainLoops(Preprocess preprocess, RgbImage image)
    {
        var (width, height) = (preprocess.Width, preprocess.Height);
        var placement = Placement.Of(preprocess, image.Width, image.Height);
        var across = ResampleAxis.Of(preprocess.Interpolation, image.Width, placement.Left, placement.Width, width);
        var down = ResampleAxis.Of(preprocess.Interpolation, image.Height, placement.Top, placement.Height, height);
        var planes = new float[3 * width * height];
        var normalise = Normalisation.Of(preprocess);
        for (var plane = 0; plane < 3; plane++)
        {
            for (var y = 0; y < down.Count; y++)
            {
                for (var x = 0; x < across.Count; x++)
                {
                    var sum = 0f;
                    for (var k = 0; k < down.Taps; k++)
                    {
                        var row = 0f;
                        for (var j = 0; j < across.Taps; j++)
                            row += image.Pixels[((down.Start[y] + k) * image.Width + across.Start[x] + j) * 3 + normalise.SourceChannel(plane)] * across.Weights[x * across.Taps + j];
                        sum += row * down.Weights[y * down.Taps + k];
                    }

                    planes[(plane * height + down.First + y) * width + across.First + x] = sum * normalise.Factor(plane) + normalise.Offset(plane);
                }
            }
        }

        return planes;
    }
}
