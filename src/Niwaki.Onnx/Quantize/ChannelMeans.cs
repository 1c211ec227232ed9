using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>The mean of each channel of a value, in float and after 8 bits: what bias correction needs.</summary>
internal sealed class ChannelMeans
{
    private readonly AffineScale? scale;
    private readonly int channels;
    private readonly int inner;
    private readonly double[] exact;
    private readonly double[] rounded;
    private float[] codes = [];
    private long count;

    /// <summary>Means of nothing yet.</summary>
    /// <param name="scale">Of the value; <see langword="null"/> where it is not rounded with one.</param>
    /// <param name="layout">Its shape.</param>
    /// <param name="image">Whether channels are axis 1 (a convolution reads it) or the last axis.</param>
    public ChannelMeans(AffineScale? scale, ValueLayout layout, bool image)
    {
        this.scale = scale;
        channels = image ? layout.Dimensions[1] : layout.Dimensions[^1];
        inner = image ? layout.Dimensions.Skip(2).Aggregate(1, (product, size) => product * size) : 1;
        exact = new double[channels];
        rounded = new double[channels];
    }

    /// <summary>Adds one picture.</summary>
    public void Add(ReadOnlySpan<float> data)
    {
        // the codes of the whole value first, then sums a channel: in vectors
        codes = codes.Length < data.Length ? new float[data.Length] : codes;
        var all = codes.AsSpan(0, data.Length);
        if (scale is { } known)
        {
            TensorPrimitives.Divide(data, known.Step, all);
            TensorPrimitives.Round<float>(all, all);
            TensorPrimitives.Clamp<float>(all, -known.ZeroPoint, known.Highest - known.ZeroPoint, all);
        }
        else
        {
            data.CopyTo(all);
        }

        if (inner > 1)
        {
            for (var start = 0; start < data.Length; start += inner)
                Add(start / inner % channels, TensorPrimitives.Sum(data.Slice(start, inner)), TensorPrimitives.Sum<float>(all.Slice(start, inner)));
        }
        else
        {
            var (sums, codeSums) = (new float[channels], new float[channels]);
            for (var start = 0; start < data.Length; start += channels)
            {
                TensorPrimitives.Add(sums, data.Slice(start, channels), sums);
                TensorPrimitives.Add(codeSums, all.Slice(start, channels), codeSums);
            }

            for (var channel = 0; channel < channels; channel++)
                Add(channel, sums[channel], codeSums[channel]);
        }

        count += data.Length / channels;
    }

    private void Add(int channel, float sum, float codeSum)
    {
        exact[channel] += sum;
        rounded[channel] += (double)codeSum * (scale?.Step ?? 1);
    }

    /// <summary>
    /// The mean of W x - Ŵ x̂ for each output channel. Borders are counted like the inside, so padding adds an error of the
    /// order of its share of the picture.
    /// </summary>
    public float[] Correction(Product product, RoundedLayer layer)
    {
        var (weights, layout) = (product.Weight!.Floats(), layer.Layout);
        var sums = new double[layout.Outputs];
        for (var i = 0; i < weights.Length; i++)
        {
            var channel = layout.InputOf(i);
            sums[layout.OutputOf(i)] += ((weights[i] * exact[channel]) - (layer.Value(layout.Row(i)) * rounded[channel])) / count;
        }

        Garbage.Left(4L * weights.Length);
        return [.. sums.Select(sum => (float)sum)];
    }
}
