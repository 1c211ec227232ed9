using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>
/// A loaded graph with pictures as input, and logits or labels as first output, for any number of callers at the same time. Where the graph fixes
/// its batch, every picture of the batch is the one given.
/// </summary>
internal sealed class OnnxSegmenter : ISegmenter
{
    // 1 GiB of float32: a file may claim any batch
    private const long MaxValues = 1L << 28;

    private readonly string path;
    private readonly int classes;
    private readonly int pictures;
    private readonly InferenceSession session;
    private readonly RunOptions options = new();
    private readonly TensorElementType type;
    private readonly long[] shape;
    private readonly string[] inputs;
    private readonly string[] outputs;
    private ModelCost? cost;

    /// <summary>Loads a graph.</summary>
    /// <param name="path">The file.</param>
    /// <param name="height">Rows of the input, from the preprocessing contract.</param>
    /// <param name="width">Columns of the input.</param>
    /// <param name="classes">Number of classes, checked against the logits.</param>
    /// <param name="runtime">How to run it.</param>
    /// <exception cref="StageException">The graph does not load, or takes another input.</exception>
    public OnnxSegmenter(string path, int height, int width, int classes, OrtRuntime runtime)
    {
        this.path = path;
        this.classes = classes;
        Input = new Shape(1, 3, height, width);
        session = runtime.Open(path);
        try
        {
            inputs = [.. session.InputNames];
            outputs = [MainOutput.Of(session)];
            var metadata = inputs.Length > 0 ? session.InputMetadata[inputs[0]] : null;
            if (inputs.Length != 1 || outputs.Length != 1 || metadata is null || metadata.Dimensions is not [_, _, _, _] || metadata.Dimensions.Zip(Input.Dimensions).Skip(1).Any(pair => pair.First > 0 && pair.First != pair.Second))
                throw new StageException($"{path}: takes {string.Join(" and ", session.InputMetadata.Select(each => $"{each.Key} [{string.Join(", ", each.Value.Dimensions)}]"))}, but {IModel.PreprocessFile} says one picture {Input}. Make the two agree.");
            pictures = Math.Max(1, metadata.Dimensions[0]);
            if (pictures * Input.Elements > MaxValues)
                throw new StageException($"{path}: takes {pictures} pictures at once, which with {Input} each are more values than can be given ({MaxValues}). Export it with a smaller batch.");
            type = metadata.ElementDataType;
            if (type is not (TensorElementType.Float or TensorElementType.Float16))
                throw new StageException($"{path}: takes pictures of type {type}; only float and float16 pictures can be given.");
            shape = [pictures, 3, height, width];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Engine => OrtRuntime.Version;

    /// <inheritdoc/>
    public Shape Input { get; }

    /// <inheritdoc/>
    public ModelCost Cost => cost ??= GraphCost.Of(OnnxFile.Read(path), Input.With(0, pictures), path);

    /// <summary>
    /// Runs a blank picture twice, so that the first real one does not wait. ONNX Runtime lays the memory of every later run out by what the first
    /// one took, as one block, and would keep the first one's beside it: here that goes back.
    /// </summary>
    public void WarmUp()
    {
        var blank = new float[Input.Elements];
        using var first = new RunOptions();
        first.AddRunConfigEntry("memory.enable_memory_arena_shrinkage", "cpu:0");
        Run(blank, first);
        Run(blank);
    }

    /// <inheritdoc/>
    public Prediction Run(ReadOnlySpan<float> image) => Run(image, options);

    /// <inheritdoc/>
    public void Dispose()
    {
        options.Dispose();
        session.Dispose();
    }

    private Prediction Run(ReadOnlySpan<float> image, RunOptions options)
    {
        if (image.Length != Input.Elements)
            throw new ArgumentException($"{image.Length} values do not fill {Input}.", nameof(image));
        if (type == TensorElementType.Float16)
            return RunBatch<Float16>(image, options, static (from, to) => TensorPrimitives.ConvertToHalf(from, MemoryMarshal.Cast<Float16, System.Half>(to)));
        // one float picture is read where it lies
        return pictures == 1 ? RunOn(image, options) : RunBatch<float>(image, options, static (from, to) => from.CopyTo(to));
    }

    private Prediction RunBatch<T>(ReadOnlySpan<float> image, RunOptions options, Action<ReadOnlySpan<float>, Span<T>> convert)
        where T : unmanaged
    {
        var batch = ArrayPool<T>.Shared.Rent(pictures * image.Length);
        try
        {
            var values = batch.AsSpan(0, pictures * image.Length);
            convert(image, values);
            for (var picture = 1; picture < pictures; picture++)
                values[..image.Length].CopyTo(values[(picture * image.Length)..]);
            return RunOn<T>(values, options);
        }
        finally
        {
            ArrayPool<T>.Shared.Return(batch);
        }
    }

    private unsafe Prediction RunOn<T>(ReadOnlySpan<T> values, RunOptions options)
        where T : unmanaged
    {
        fixed (T* first = values)
        {
            using var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, (IntPtr)first, (long)values.Length * sizeof(T));
            using var results = OrtRuntime.Guard(path, () => session.Run(options, inputs, [value], outputs));
            return Read(results[0]);
        }
    }

    private Prediction Read(OrtValue result)
    {
        var info = result.GetTensorTypeAndShape();
        var shape = info.Shape;
        switch (info.ElementDataType)
        {
            case TensorElementType.Float or TensorElementType.Float16 when shape.Length is 2 or 4 && shape[1] == classes:
                var scores = info.ElementDataType == TensorElementType.Float ? First(result.GetTensorDataAsSpan<float>()).ToArray() : Widened(First(result.GetTensorDataAsSpan<Float16>()));
                return new Prediction(classes, shape.Length == 4 ? (int)shape[2] : 1, shape.Length == 4 ? (int)shape[3] : 1, scores, []);
            case TensorElementType.UInt8 when shape.Length is 3 or 4:
                return new Prediction(classes, (int)shape[^2], (int)shape[^1], [], First(result.GetTensorDataAsSpan<byte>()).ToArray());
            case TensorElementType.Int64 when shape.Length is 3 or 4:
                return new Prediction(classes, (int)shape[^2], (int)shape[^1], [], Narrowed(First(result.GetTensorDataAsSpan<long>())));
            case TensorElementType.Int32 when shape.Length is 3 or 4:
                return new Prediction(classes, (int)shape[^2], (int)shape[^1], [], Narrowed(First(result.GetTensorDataAsSpan<int>())));
            default:
                throw new StageException($"{path}: its output {outputs[0]} is {info.ElementDataType} [{string.Join(", ", shape)}], but with {classes} classes in {IModel.ClassesFile} logits [1, {classes}, h, w] or a label map [1, h, w] are expected. Make the two agree.");
        }
    }

    private ReadOnlySpan<T> First<T>(ReadOnlySpan<T> values) => values[..(values.Length / pictures)];

    private static float[] Widened(ReadOnlySpan<Float16> values)
    {
        var wide = new float[values.Length];
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<Float16, System.Half>(values), wide);
        return wide;
    }

    private static byte[] Narrowed<T>(ReadOnlySpan<T> labels)
        where T : struct, System.Numerics.IBinaryInteger<T>
    {
        var narrow = new byte[labels.Length];
        for (var i = 0; i < narrow.Length; i++)
            narrow[i] = byte.CreateSaturating(labels[i]);
        return narrow;
    }
}
