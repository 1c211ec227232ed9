namespace Niwaki.Onnx;

/// <summary>
/// Stores an ONNX graph in 16-bit floats: half the bytes, and twice the speed on GPUs with fp16 (a Jetson's). CPUs mostly compute
/// it by converting back. Pictures in and logits out stay float32. Nodes whose values or weights leave the range of 16 bits on
/// calibration pictures stay in float32; the log and <c>precision.json</c> say which and why.
/// </summary>
public sealed record Half : Stage<OnnxModel, OnnxModel>
{
    /// <summary>File name of the list of nodes that stay in float32.</summary>
    public const string ReportFile = "precision.json";

    /// <summary>The entry of an ONNX file's metadata that says that it is fp16.</summary>
    public const string MetadataKey = "niwaki.half";

    /// <summary>How many pictures of the training split check the range.</summary>
    public int Images { get; init; } = 16;

    /// <summary>How many times larger than on the calibration pictures a value may become before it overflows.</summary>
    public double Headroom { get; init; } = 4;

    /// <summary>Names of nodes to leave in float32; * and ? stand for any text and any character.</summary>
    public ValueList<string> Exclude { get; init; } = [];

    /// <summary>The least share of pixels, 0 to 1, that must keep the label of the float32 graph; below it something is broken and the stage fails.</summary>
    public double Agreement { get; init; } = 0.95;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Images < 1)
            throw new StageException($"half: images is {Images}; give at least 1 (16 is usual).");
        if (Headroom is not (>= 1 and < 65504))
            throw new StageException($"half: headroom is {Headroom}; give 1 or more (4 is usual).");
        if (Agreement is not (>= 0 and <= 1))
            throw new StageException($"half: agreement is {Agreement}; give a share from 0 to 1.");
    }

    /// <inheritdoc/>
    protected override void Require(OnnxModel input, StageContext context) => FloatGraph.Require(input, context);

    /// <inheritdoc/>
    protected override void Run(OnnxModel input, StageContext context)
    {
        var where = input.PathOf(OnnxModel.GraphFile);
        var model = OnnxFile.Read(where);
        var preprocess = input.Preprocess(context.Vocabulary);
        CalibrationPictures.CheckSize(model, preprocess, where);
        var pictures = new CalibrationPictures(context.RequireData().Open(Split.Train), preprocess, Images);
        var (graph, kept, converted) = HalfGraph.Of(model, this, pictures.Read(context), where);
        graph.SetMetadata(MetadataKey, "float16");
        OnnxFile.Write(context.PathOf(OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(context.OutputFolder, preprocess, input.Classes(context.Vocabulary), context.Vocabulary);
        AtomicFile.WriteText(context.PathOf(ReportFile), context.Vocabulary.Write(kept));
        context.Log.Say($"16 bits: {converted} nodes; range checked on {pictures.Count} images.");
        foreach (var reason in kept.GroupBy(node => node.Reason))
            context.Log.Say($"In float32: {string.Join(", ", reason.Take(4).Select(node => node.Node))}{(reason.Count() > 4 ? $" and {reason.Count() - 4} more" : string.Empty)} ({reason.Key}).");
    }

    /// <inheritdoc/>
    protected override void Ensure(OnnxModel input, StageContext context)
    {
        var pictures = new CalibrationPictures(context.RequireData().Open(Split.Validation), input.Preprocess(context.Vocabulary), 16);
        var comparison = GraphComparison.Of(input.PathOf(OnnxModel.GraphFile), context.PathOf(OnnxModel.GraphFile), pictures.Read(context));
        context.Log.Say($"On {pictures.Count} validation pictures {comparison}.");
        // a NaN in the logits loses its label, so it fails here too
        if (comparison.Agreement < Agreement || comparison.SignalToNoise is double.NaN)
            throw new StageException($"half: only {comparison.Agreement:P1} of the pixels keep the label of the float32 graph; {Agreement:P0} are asked for. Check the range on more images, raise the headroom, or exclude the nodes that suffer.");
    }
}
