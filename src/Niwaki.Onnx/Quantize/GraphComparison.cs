using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Niwaki.Onnx;

/// <summary>How closely a changed graph follows the graph it was made from.</summary>
/// <param name="Agreement">Share of pixels with the same label.</param>
/// <param name="SignalToNoise">Power of the float logits over the power of the difference, in dB, infinite where there is none; <see langword="null"/> where the graph gives labels only.</param>
internal sealed record GraphComparison(double Agreement, double? SignalToNoise)
{
    /// <summary>Runs both on pictures.</summary>
    /// <exception cref="StageException">One does not run.</exception>
    public static GraphComparison Of(string original, string changed, IEnumerable<float[]> pictures)
    {
        var (input, dimensions, _) = GraphProbe.InputOf(OnnxFile.Read(original), original);
        var runtime = new OrtRuntime { Threads = Environment.ProcessorCount };
        using var before = runtime.Open(original);
        using var after = runtime.Open(changed);
        using var options = new RunOptions();
        var output = MainOutput.Of(before);
        double signal = 0, noise = 0;
        long same = 0, all = 0;
        foreach (var picture in pictures)
        {
            using var fed = OrtValue.CreateTensorValueFromMemory(GraphProbe.Filled(picture, dimensions), dimensions);
            using var expected = OrtRuntime.Guard(original, () => before.Run(options, [input], [fed], [output]));
            using var actual = OrtRuntime.Guard(changed, () => after.Run(options, [input], [fed], [output]));
            if (expected[0].GetTensorTypeAndShape() is { ElementDataType: TensorElementType.Float } type)
            {
                var left = expected[0].GetTensorDataAsSpan<float>();
                var right = actual[0].GetTensorDataAsSpan<float>();
                for (var i = 0; i < left.Length; i++)
                {
                    signal += (double)left[i] * left[i];
                    noise += ((double)left[i] - right[i]) * ((double)left[i] - right[i]);
                }

                var classes = (int)(type.Shape.Length > 1 ? type.Shape[1] : type.Shape[0]);
                for (var i = 0; i < left.Length / classes; i++)
                    same += Largest(left, i, classes) == Largest(right, i, classes) ? 1 : 0;
                all += left.Length / classes;
            }
            else
            {
                var (left, right) = (Labels(expected[0]), Labels(actual[0]));
                for (var i = 0; i < left.Length; i++)
                    same += left[i] == right[i] ? 1 : 0;
                all += left.Length;
            }
        }

        return new GraphComparison((double)same / all, noise == 0 ? signal > 0 ? double.PositiveInfinity : null : signal > 0 ? 10 * Math.Log10(signal / noise) : null);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Agreement:P2} of the pixels keep their label{(SignalToNoise is not { } ratio ? string.Empty : double.IsFinite(ratio) ? string.Create(CultureInfo.InvariantCulture, $", logits are {ratio:0.0} dB above the error") : ", logits are the same")}");

    private static long[] Labels(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        TensorElementType.UInt8 => [.. value.GetTensorDataAsSpan<byte>().ToArray().Select(label => (long)label)],
        TensorElementType.Int32 => [.. value.GetTensorDataAsSpan<int>().ToArray().Select(label => (long)label)],
        _ => value.GetTensorDataAsSpan<long>().ToArray(),
    };

    private static int Largest(ReadOnlySpan<float> scores, int pixel, int classes)
    {
        var (plane, best) = (scores.Length / classes, 0);
        for (var i = 1; i < classes; i++)
        {
            if (scores[(i * plane) + pixel] > scores[(best * plane) + pixel])
                best = i;
        }

        return best;
    }
}
