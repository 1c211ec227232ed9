using System.Text.Json;

namespace Niwaki.Onnx;

/// <summary>
/// Makes an ONNX graph compute its convolutions and matrix products in 8 bits: static Q/DQ with int8 weights (a scale for each
/// output channel), uint8 activations (a scale for each tensor, from calibration pictures) and int32 biases. Everything else
/// stays in float32. Says what it quantized, what it left and why, and writes that to <c>quantization.json</c>.
/// </summary>
public sealed record Quantize : Stage<OnnxModel, OnnxModel>
{
    /// <summary>File name of what was decided for each node and of the scale of each value.</summary>
    public const string ReportFile = "quantization.json";

    /// <summary>The entry of an ONNX file's metadata that names the options and the calibration data.</summary>
    public const string MetadataKey = "niwaki.quantization";

    /// <summary>How the range of an activation follows from what was seen: min-max, moving-average, percentile, entropy or mse.</summary>
    public Calibrator Calibrator { get; init; } = new PercentileCalibrator();

    /// <summary>How many pictures of the training split calibrate.</summary>
    public int Images { get; init; } = 64;

    /// <summary>Names of nodes to leave in float; * and ? stand for any text and any character.</summary>
    public ValueList<string> Exclude { get; init; } = [];

    /// <summary>Linear layers and attention products with fewer multiply-accumulates than this stay in float: there the conversions cost more than 8 bits gain.</summary>
    public Macs MinLinearMacs { get; init; } = new(0);

    /// <summary>Whether to quantize the first convolution. Its three input channels fill no 8-bit kernel: in float it is faster and more accurate. One that a max pooling follows is quantized in any case: pooled in 8 bits behind a float convolution it would be slower.</summary>
    public bool First { get; init; }

    /// <summary>Whether to quantize the product that gives the result.</summary>
    public bool Last { get; init; } = true;

    /// <summary>Whether to quantize the two products inside attention.</summary>
    public bool Attention { get; init; }

    /// <summary>Which numbers get fewer bits and how: static (Q/DQ with calibrated scales), dynamic (scales of activations while running) or weight-only.</summary>
    public Scheme Scheme { get; init; } = new StaticScheme();

    /// <summary>What is done to lose less accuracy, in this order: repq, smooth-quant, cross-layer or rotation change the float graph; fixed-range gives softmax and sigmoid their scale; weight-scale, ridge, gptq or ada-round choose how weights are rounded; bias corrects means.</summary>
    public ValueList<Refinement> Refinements { get; init; } = [new FixedRangeRefinement(), new BiasRefinement()];

    /// <summary>Whether to use 7 bits for weights, which CPUs without 8-bit dot products need; left out, as this machine needs.</summary>
    public bool? ReduceRange { get; init; }

    /// <summary>The least share of pixels, 0 to 1, that must keep the label of the float graph; below it something is broken and the stage fails.</summary>
    public double Agreement { get; init; } = 0.8;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Images < 1)
            throw new StageException($"quantize: images is {Images}; give at least 1 (64 is usual).");
        if (Agreement is not (>= 0 and <= 1))
            throw new StageException($"quantize: agreement is {Agreement}; give a share from 0 to 1.");
        Calibrator.Validate();
        Scheme.Validate();
        foreach (var refinement in Refinements)
            refinement.Validate();
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
        var reduce = ReduceRange ?? !Cpu.MultipliesInt8;
        if (reduce && ReduceRange is null)
            context.Log.Say("This CPU sums 8-bit products in 16 bits, which can saturate: weights get 7 bits. Set reduceRange to false if the board has 8-bit dot products.");

        var quantization = Quantization.Of(model, this, pictures.Read(context), where, reduce);
        if (!quantization.Plan.Decisions.Any(decision => decision.Int8))
            throw new StageException($"{where}: there is nothing to quantize. {(quantization.Plan.Decisions.Count == 0 ? "It has no convolution, Gemm or MatMul." : $"Its products stay in float: {string.Join("; ", quantization.Plan.Decisions.GroupBy(decision => decision.Reason).Select(reason => $"{reason.Count()} ({reason.Key})"))}. Exclude less, or choose another scheme.")}");
        var graph = quantization.Model;
        graph.SetMetadata(MetadataKey, Metadata(context, pictures.Count));
        OnnxFile.Write(context.PathOf(OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(context.OutputFolder, preprocess, input.Classes(context.Vocabulary), context.Vocabulary);
        var report = quantization.Report(pictures.Count, reduce);
        AtomicFile.WriteText(context.PathOf(ReportFile), context.Vocabulary.Write(report));
        foreach (var line in report.Summary())
            context.Log.Say(line);
    }

    /// <inheritdoc/>
    protected override void Ensure(OnnxModel input, StageContext context)
    {
        var pictures = new CalibrationPictures(context.RequireData().Open(Split.Validation), input.Preprocess(context.Vocabulary), 16);
        var comparison = GraphComparison.Of(input.PathOf(OnnxModel.GraphFile), context.PathOf(OnnxModel.GraphFile), pictures.Read(context));
        context.Log.Say($"On {pictures.Count} validation pictures {comparison}.");
        if (comparison.Agreement < Agreement)
        {
            throw new StageException($"quantize: only {comparison.Agreement:P1} of the pixels keep the label of the float graph; {Agreement:P0} are asked for. Calibrate with more images, try another calibrator, or exclude the nodes that suffer (see {ReportFile}).");
        }
    }

    private string Metadata(StageContext context, int images)
    {
        using var document = JsonDocument.Parse(context.Vocabulary.Write(new { options = this, data = context.Data!.Digest(), images, simulated = Scheme.Simulated }));
        return JsonSerializer.Serialize(document.RootElement);
    }
}
