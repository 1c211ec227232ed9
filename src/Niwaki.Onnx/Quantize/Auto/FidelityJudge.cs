using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>Compares changed graphs with a float graph on pictures, with masks where the pictures have them. What the float graph gives is kept, up to a bound, and computed again beyond it.</summary>
internal sealed class FidelityJudge : IDisposable
{
    private const long MostKept = 128L << 20;
    // dB, where a changed graph gives numbers that are not finite
    private const double Broken = -1000;
    private const int Piece = 1024;
    private readonly ModelProto model;
    private readonly string where;
    private readonly IReadOnlyList<JudgedPicture> pictures;
    private readonly Preprocess preprocess;
    private readonly int classes;
    private readonly Prediction?[] kept;
    private readonly string output;
    private InferenceSession? original;
    private long values;

    /// <summary>Takes a float graph.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="where">Names it in an error.</param>
    /// <param name="pictures">What is judged on.</param>
    /// <param name="preprocess">Its contract.</param>
    /// <param name="classes">How many classes it has.</param>
    public FidelityJudge(ModelProto model, string where, IReadOnlyList<JudgedPicture> pictures, Preprocess preprocess, int classes)
    {
        (this.model, this.where, this.pictures, this.preprocess, this.classes) = (model, where, pictures, preprocess, classes);
        kept = new Prediction?[pictures.Count];
        original = Open(model, where);
        output = MainOutput.Of(original);
    }

    /// <summary>Whether every picture has a mask.</summary>
    public bool HasMasks => pictures.Count > 0 && pictures.All(picture => picture.Truth is not null);

    /// <summary>How many pictures there are.</summary>
    public int Count => pictures.Count;

    /// <summary>The float graph against the masks.</summary>
    public Fidelity Float(CancellationToken cancel) => Judge(model, cancel);

    /// <summary>Judges a graph.</summary>
    /// <param name="changed">Computes what the float graph does.</param>
    /// <param name="cancel">Stops between pictures.</param>
    /// <param name="most">At most this many pictures, evenly spread, and no masks.</param>
    public Fidelity Judge(ModelProto changed, CancellationToken cancel, int? most = null)
    {
        using var session = ReferenceEquals(changed, model) ? null : Open(changed, where);
        var meter = HasMasks && most is null ? new AccuracyMeter(classes) : null;
        double signal = 0, noise = 0, product = 0, power = 0;
        long same = 0, all = 0;
        var count = Math.Min(most ?? pictures.Count, pictures.Count);
        for (var i = 0; i < count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var at = (int)((long)i * pictures.Count / count);
            var expected = Expected(at);
            var actual = session is null ? expected : Run(session, pictures[at].Input);
            if (expected.Scores.Length != actual.Scores.Length || expected.Labels.Length != actual.Labels.Length)
                throw new StageException($"{where}: the changed graph gives another shape than the float graph. This is a defect of the change: leave out what was tried last.");
            if (expected.Scores.Length > 0)
            {
                var (left, right) = (expected.Scores, actual.Scores);
                for (var k = 0; k < left.Length; k++)
                {
                    var difference = (double)left[k] - right[k];
                    noise += difference * difference;
                }

                signal += Square(left);
                power += Square(right);
                product += Dot(left, right);
                same += Labelled.Same(left, right, expected.Classes);
                all += left.Length / expected.Classes;
            }
            else
            {
                for (var k = 0; k < expected.Labels.Length; k++)
                    same += expected.Labels[k] == actual.Labels[k] ? 1 : 0;
                all += expected.Labels.Length;
            }

            if (meter is not null && pictures[at].Truth is { } truth)
                meter.Add(truth, preprocess.Restore(actual, truth.Width, truth.Height));
        }

        var hasScores = signal > 0;
        return new Fidelity(count, all == 0 ? 1 : (double)same / all)
        {
            Places = all,
            SignalToNoise = hasScores ? Finite(10 * Math.Log10(signal / Math.Max(noise, signal * 1e-15)), Broken) : null,
            Cosine = hasScores ? Finite(product / Math.Sqrt(Math.Max(signal * power, double.Epsilon)), 0) : null,
            MeanIoU = meter?.Result().MeanIoU,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => original?.Dispose();

    private static InferenceSession Open(ModelProto model, string where) => new OrtRuntime { Threads = Environment.ProcessorCount }.Open(model, where);

    private Prediction Expected(int at)
    {
        if (kept[at] is { } known)
            return known;
        var prediction = Run(original!, pictures[at].Input);
        if ((values += prediction.Scores.Length + (prediction.Labels.Length / 4)) <= MostKept)
            kept[at] = prediction;
        return prediction;
    }

    private Prediction Run(InferenceSession session, float[] picture)
    {
        using var options = new RunOptions();
        var (input, metadata) = session.InputMetadata.First();
        long[] shape = [Math.Max(1, metadata.Dimensions[0]), .. metadata.Dimensions.Skip(1).Select(size => (long)size)];
        using var fed = OrtValue.CreateTensorValueFromMemory(GraphProbe.Filled(picture, shape), shape);
        using var results = OrtRuntime.Guard(where, () => session.Run(options, [input], [fed], [output]));
        var type = results[0].GetTensorTypeAndShape();
        var sizes = type.Shape;
        var (height, width) = sizes.Length > 2 ? ((int)sizes[^2], (int)sizes[^1]) : (1, 1);
        return type.ElementDataType switch
        {
            TensorElementType.Float => new Prediction(sizes.Length is 2 or 4 ? (int)sizes[1] : classes, height, width, First<float>(results[0], shape[0]), []),
            TensorElementType.UInt8 => new Prediction(classes, height, width, [], First<byte>(results[0], shape[0])),
            TensorElementType.Int32 => new Prediction(classes, height, width, [], [.. First<int>(results[0], shape[0]).Select(byte.CreateSaturating)]),
            TensorElementType.Int64 => new Prediction(classes, height, width, [], [.. First<long>(results[0], shape[0]).Select(byte.CreateSaturating)]),
            var other => throw new StageException($"{where}: its output {output} is {other}; float scores or integer labels are needed."),
        };
    }

    // of the pictures of a batch, which are all the same one
    private static T[] First<T>(OrtValue value, long pictures)
        where T : unmanaged
    {
        var all = value.GetTensorDataAsSpan<T>();
        return all[..(int)(all.Length / pictures)].ToArray();
    }

    private static double Finite(double value, double otherwise) => double.IsFinite(value) ? Math.Round(value, 6) : otherwise;

    private static double Square(ReadOnlySpan<float> values) => Dot(values, values);

    // in pieces, so that float sums stay exact enough
    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double sum = 0;
        for (var at = 0; at < left.Length; at += Piece)
        {
            var size = Math.Min(Piece, left.Length - at);
            sum += TensorPrimitives.Dot(left.Slice(at, size), right.Slice(at, size));
        }

        return sum;
    }
}
