using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Niwaki.Onnx;

/// <summary>How closely a changed graph follows the graph it was made from.</summary>
/// <param name="Agreement">Share of pixels with the same label.</param>
/// <param name="SignalToNoise">Power of the float logits over the power of the difference, in dB, infinite where there is none; <see langword="null"/> where the graph gives labels only.</param>
internal sealed record GraphComparison(double Agreement, double? SignalToNoise)
{
    /// <summary>What has a label: pixels, or whole pictures.</summary>
    public string Unit { get; private init; } = "pixels";

    /// <summary>The output that was compared, where it is none of the graph's results: operators behind it cannot be run.</summary>
    public string? Inside { get; private init; }

    /// <summary>Runs both on pictures.</summary>
    /// <exception cref="StageException">One does not run.</exception>
    public static GraphComparison Of(string original, string changed, IEnumerable<float[]> pictures)
    {
        var (input, dimensions, _) = GraphProbe.InputOf(OnnxFile.Parse(original), original, takesHalf: true);
        var runtime = new OrtRuntime { Threads = Environment.ProcessorCount };
        var part = KnownPart.Of(OnnxFile.Parse(original), original);
        using var before = Open(original);
        using var after = Open(changed);
        using var options = new RunOptions();
        var output = MainOutput.Of(before);
        double signal = 0, noise = 0;
        long same = 0, all = 0;
        var unit = "pixels";
        foreach (var picture in pictures)
        {
            using var expected = Run(before, original);
            using var actual = Run(after, changed);
            var type = expected[0].GetTensorTypeAndShape();
            if (type.ElementDataType is TensorElementType.Float or TensorElementType.Float16)
            {
                var (left, right) = (Scores(expected[0]), Scores(actual[0]));
                for (var i = 0; i < left.Length; i++)
                {
                    signal += (double)left[i] * left[i];
                    noise += ((double)left[i] - right[i]) * ((double)left[i] - right[i]);
                }

                var classes = (int)(type.Shape.Length > 1 ? type.Shape[1] : type.Shape[0]);
                unit = type.Shape.Length > 2 ? "pixels" : "pictures";
                same += Labelled.Same(left, right, classes);
                all += left.Length / classes;
            }
            else
            {
                var (left, right) = (Labels(expected[0]), Labels(actual[0]));
                for (var i = 0; i < left.Length; i++)
                    same += left[i] == right[i] ? 1 : 0;
                all += left.Length;
            }

            IDisposableReadOnlyCollection<OrtValue> Run(InferenceSession session, string where)
            {
                var filled = GraphProbe.Filled(picture, dimensions);
                using var fed = session.InputMetadata[input].ElementDataType == TensorElementType.Float16
                    ? OrtValue.CreateTensorValueFromMemory((Float16[])[.. filled.Select(value => (Float16)value)], dimensions)
                    : OrtValue.CreateTensorValueFromMemory(filled, dimensions);
                return OrtRuntime.Guard(where, () => session.Run(options, [input], [fed], [output]));
            }
        }

        return new GraphComparison((double)same / all, noise == 0 ? signal > 0 ? double.PositiveInfinity : null : signal > 0 ? 10 * Math.Log10(signal / noise) : null)
        {
            Unit = unit,
            Inside = part is { HasResults: false } ? output : null,
        };

        // without a second copy of the weights, where the whole can be run
        InferenceSession Open(string path) => part is null ? runtime.Open(path) : runtime.Open(KnownPart.Of(OnnxFile.Read(path), path)!.Model, path);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Inside is null ? $"{Agreement:P2} of the {Unit} keep their label" : $"{Inside}, the last value that can be run,")}{(SignalToNoise is not { } ratio ? string.Empty : double.IsFinite(ratio) ? string.Create(CultureInfo.InvariantCulture, $"{(Inside is null ? ", logits are" : " is")} {ratio:0.0} dB above the error") : Inside is null ? ", logits are the same" : " is the same")}");

    private static float[] Scores(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType == TensorElementType.Float
        ? value.GetTensorDataAsSpan<float>().ToArray()
        : [.. value.GetTensorDataAsSpan<Float16>().ToArray().Select(half => (float)half)];

    private static long[] Labels(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        TensorElementType.UInt8 => [.. value.GetTensorDataAsSpan<byte>().ToArray().Select(label => (long)label)],
        TensorElementType.Int32 => [.. value.GetTensorDataAsSpan<int>().ToArray().Select(label => (long)label)],
        _ => value.GetTensorDataAsSpan<long>().ToArray(),
    };
}
