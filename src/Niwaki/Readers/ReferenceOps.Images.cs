namespace Niwaki;

/// <content>Images: convolution, normalisation, resizing, pooling.</content>
public sealed partial class ReferenceOps
{
    /// <inheritdoc/>
    public ReferenceTensor Conv(ReferenceTensor image, string name, ConvOptions options)
    {
        var shape = image.Shape;
        var (batch, inputs, height, width) = (shape[0], shape[1], shape[2], shape[3]);
        var (outputs, kernel, stride) = (options.Channels, options.Kernel, options.Stride);
        var perGroup = inputs / options.Groups;
        var weight = Parameter($"{name}.weight", new Shape(outputs, perGroup, kernel, kernel));
        var bias = options.Bias ? Parameter($"{name}.bias", new Shape(outputs)) : new float[outputs];
        var (rows, columns) = (options.Output(height), options.Output(width));
        var result = new ReferenceTensor(new Shape(batch, outputs, rows, columns));
        var (from, to) = (image.Values, result.Values);
        Parallel.For(0, batch * outputs, plane =>
        {
            var o = plane % outputs;
            var target = plane * rows * columns;
            Array.Fill(to, bias[o], target, rows * columns);
            for (var tap = 0; tap < perGroup * kernel * kernel; tap++)
            {
                var channel = (o / (outputs / options.Groups) * perGroup) + (tap / (kernel * kernel));
                var source = ((plane / outputs * inputs) + channel) * height * width;
                var down = (tap / kernel % kernel * options.Dilation) - options.Padding;
                var right = (tap % kernel * options.Dilation) - options.Padding;
                double factor = weight[(o * perGroup * kernel * kernel) + tap];
                for (var y = 0; y < rows; y++)
                {
                    var row = (y * stride) + down;
                    for (var x = 0; x < columns && row >= 0 && row < height; x++)
                    {
                        var column = (x * stride) + right;
                        if (column >= 0 && column < width)
                            to[target + (y * columns) + x] += factor * from[source + (row * width) + column];
                    }
                }
            }
        });
        return result;
    }

    /// <inheritdoc/>
    public ReferenceTensor BatchNorm(ReferenceTensor image, string name, double epsilon = 1e-5)
    {
        var channels = new Shape(image.Shape[1]);
        var gain = Parameter($"{name}.weight", channels);
        var offset = Parameter($"{name}.bias", channels);
        var mean = Parameter($"{name}.running_mean", channels);
        var variance = Parameter($"{name}.running_var", channels);
        return Fill(new ReferenceTensor(image.Shape), (b, c, y, x) =>
            ((image[b, c, y, x] - mean[c]) / Math.Sqrt(variance[c] + epsilon) * gain[c]) + offset[c]);
    }

    /// <inheritdoc/>
    public ReferenceTensor GroupNorm(ReferenceTensor image, string name, int groups = 1, double epsilon = 1e-5)
    {
        var shape = image.Shape;
        var gain = Parameter($"{name}.weight", new Shape(shape[1]));
        var offset = Parameter($"{name}.bias", new Shape(shape[1]));
        var size = (int)(shape.Elements / (shape[0] * groups));
        var result = new ReferenceTensor(shape);
        for (var start = 0; start < image.Values.Length; start += size)
        {
            var group = image.Values.AsSpan(start, size).ToArray();
            var mean = group.Average();
            var variance = group.Average(x => (x - mean) * (x - mean));
            for (var i = 0; i < size; i++)
            {
                var channel = (start + i) / (shape[2] * shape[3]) % shape[1];
                result.Values[start + i] = ((group[i] - mean) / Math.Sqrt(variance + epsilon) * gain[channel]) + offset[channel];
            }
        }

        return result;
    }

    /// <inheritdoc/>
    public ReferenceTensor Concat(IReadOnlyList<ReferenceTensor> images)
    {
        var shape = images[0].Shape;
        var channels = images.SelectMany(image => Enumerable.Range(0, image.Shape[1]).Select(c => (Image: image, Channel: c))).ToArray();
        return Fill(new ReferenceTensor(shape.With(1, channels.Length)), (b, c, y, x) => channels[c].Image[b, channels[c].Channel, y, x]);
    }

    /// <inheritdoc/>
    public ReferenceTensor Resize(ReferenceTensor image, int height, int width, bool alignCorners = false)
    {
        var shape = image.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[1], height, width)), (b, c, y, x) =>
        {
            var (top, down) = Between(y, shape[2], height);
            var (left, right) = Between(x, shape[3], width);
            var (bottom, far) = (Math.Min(top + 1, shape[2] - 1), Math.Min(left + 1, shape[3] - 1));
            return ((1 - down) * (((1 - right) * image[b, c, top, left]) + (right * image[b, c, top, far])))
                + (down * (((1 - right) * image[b, c, bottom, left]) + (right * image[b, c, bottom, far])));
        });

        (int Before, double Share) Between(int position, int from, int to)
        {
            var source = alignCorners
                ? to == 1 ? 0 : position * (from - 1.0) / (to - 1)
                : Math.Max(0, ((position + 0.5) * from / to) - 0.5);
            return ((int)source, source - (int)source);
        }
    }

    /// <inheritdoc/>
    public ReferenceTensor AveragePool(ReferenceTensor image, int height, int width)
    {
        var shape = image.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[1], height, width)), (b, c, y, x) =>
        {
            var (top, bottom) = (y * shape[2] / height, (((y + 1) * shape[2]) + height - 1) / height);
            var (left, right) = (x * shape[3] / width, (((x + 1) * shape[3]) + width - 1) / width);
            double sum = 0;
            for (var row = top; row < bottom; row++)
            {
                for (var column = left; column < right; column++)
                    sum += image[b, c, row, column];
            }

            return sum / ((bottom - top) * (right - left));
        });
    }

    /// <inheritdoc/>
    public ReferenceTensor MaxPool(ReferenceTensor image, int kernel, int stride, int padding)
    {
        var shape = image.Shape;
        var pooled = new ConvOptions(shape[1], kernel) { Stride = stride, Padding = padding };
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[1], pooled.Output(shape[2]), pooled.Output(shape[3]))), (b, c, y, x) =>
        {
            var (top, left) = ((y * stride) - padding, (x * stride) - padding);
            var largest = double.NegativeInfinity;
            for (var row = Math.Max(0, top); row < Math.Min(shape[2], top + kernel); row++)
            {
                for (var column = Math.Max(0, left); column < Math.Min(shape[3], left + kernel); column++)
                    largest = Math.Max(largest, image[b, c, row, column]);
            }

            return largest;
        });
    }

    /// <inheritdoc/>
    public ReferenceTensor GlobalAveragePool(ReferenceTensor image) => AveragePool(image, 1, 1).As(image.Shape[0], image.Shape[1]);

    /// <inheritdoc/>
    public ReferenceTensor Pad(ReferenceTensor image, int right, int bottom)
    {
        var shape = image.Shape;
        return Fill(new ReferenceTensor(new Shape(shape[0], shape[1], shape[2] + bottom, shape[3] + right)), (b, c, y, x) =>
            y < shape[2] && x < shape[3] ? image[b, c, y, x] : 0);
    }
}
