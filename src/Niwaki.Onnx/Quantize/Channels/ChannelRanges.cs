using System.Numerics.Tensors;

namespace Niwaki.Onnx;

/// <summary>The smallest and the largest number of each channel of a value, as the mean over pictures and over all.</summary>
internal sealed class ChannelRanges(int channels)
{
    private readonly double[] lows = new double[channels];
    private readonly double[] highs = new double[channels];
    private readonly float[] low = new float[channels];
    private readonly float[] high = new float[channels];

    /// <summary>Pictures seen.</summary>
    public int Count { get; private set; }

    /// <summary>The largest size of each channel over all pictures.</summary>
    public double[] Sizes { get; } = new double[channels];

    /// <summary>The smallest number of each channel: the mean of the pictures' smallest.</summary>
    public double[] Lows => [.. lows.Select(sum => sum / Math.Max(1, Count))];

    /// <summary>The largest number of each channel: the mean of the pictures' largest.</summary>
    public double[] Highs => [.. highs.Select(sum => sum / Math.Max(1, Count))];

    /// <summary>Adds a picture.</summary>
    /// <param name="data">The value.</param>
    /// <param name="inner">Elements of a channel that lie together; 1 where channels are the last axis.</param>
    public void Add(ReadOnlySpan<float> data, int inner)
    {
        Array.Fill(low, float.PositiveInfinity);
        Array.Fill(high, float.NegativeInfinity);
        if (inner == 1)
        {
            for (var start = 0; start < data.Length; start += channels)
            {
                TensorPrimitives.Min(low, data.Slice(start, channels), low);
                TensorPrimitives.Max(high, data.Slice(start, channels), high);
            }
        }
        else
        {
            for (var start = 0; start < data.Length; start += inner)
            {
                var channel = start / inner % channels;
                low[channel] = Math.Min(low[channel], TensorPrimitives.Min(data.Slice(start, inner)));
                high[channel] = Math.Max(high[channel], TensorPrimitives.Max(data.Slice(start, inner)));
            }
        }

        for (var channel = 0; channel < channels; channel++)
        {
            lows[channel] += low[channel];
            highs[channel] += high[channel];
            Sizes[channel] = Math.Max(Sizes[channel], Math.Max(Math.Abs(low[channel]), Math.Abs(high[channel])));
        }

        Count++;
    }
}
