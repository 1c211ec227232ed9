using System.Text.Json;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Makes an ONNX graph compute its convolutions and matrix products in 8 bits: static Q/DQ with int8 weights (a scale for each
/// output channel), uint8 activations (a scale for each tensor, from calibration pictures) and int32 biases. Everything else
/// stays in float32. Says what it quantized, what it left and why, and writes that to <c>quantization.json</c> and
/// <c>quantization.html</c>. With --auto it searches: what is accurate enough and measured faster on this machine comes out.
/// </summary>
public sealed record Quantize : Stage<OnnxModel, OnnxModel>
{
    /// <summary>File name of what was decided for each node and of the scale of each value.</summary>
    public const string ReportFile = "quantization.json";

    /// <summary>File name of the same as a page for people.</summary>
    public const string PageFile = "quantization.html";

    /// <summary>File name of what a search tried and measured.</summary>
    public const string SearchFile = "search.json";

    /// <summary>File name of the options that give the same graph without a search: for <see cref="Decisions"/>, or as a line of a recipe.</summary>
    public const string DecisionsFile = "decisions.json";

    /// <summary>The entry of an ONNX file's metadata that names the options and the calibration data.</summary>
    public const string MetadataKey = "niwaki.quantization";

    private const int FewPictures = 8;
    private const string CalibrationFile = ".calibration";
    private const string MemoryFile = ".search.jsonl";

    /// <summary>How the range of an activation follows from what was seen: min-max, moving-average, percentile, entropy or mse.</summary>
    public Calibrator Calibrator { get; init; } = new PercentileCalibrator();

    /// <summary>How many pictures of the training split (or of a folder of photos) calibrate.</summary>
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

    /// <summary>Whether the float passes of optimize run first: they find LayerNorm, GELU and attention in what exporters write, each proved on random inputs.</summary>
    public bool Simplify { get; init; } = true;

    /// <summary>Which numbers get fewer bits and how: static (Q/DQ with calibrated scales), dynamic (scales of activations while running) or weight-only.</summary>
    public Scheme Scheme { get; init; } = new StaticScheme();

    /// <summary>What is done to lose less accuracy, in this order: repq, smooth-quant, cross-layer or rotation change the float graph; fixed-range gives softmax and sigmoid their scale; weight-scale, ridge, gptq or ada-round choose how weights are rounded; bias corrects means.</summary>
    public ValueList<Refinement> Refinements { get; init; } = [new FixedRangeRefinement(), new BiasRefinement()];

    /// <summary>Whether to use 7 bits for weights, which CPUs without 8-bit dot products need; left out, as this machine needs.</summary>
    public bool? ReduceRange { get; init; }

    /// <summary>The least share of pixels, 0 to 1, that must keep the label of the float graph; below it something is broken and the stage fails.</summary>
    public double Agreement { get; init; } = 0.8;

    /// <summary>Whether to search: calibrators and refinements are tried, layers that cost too much accuracy or are not measured faster on this machine return to float, and the float graph is kept where nothing is gained.</summary>
    public bool Auto { get; init; }

    /// <summary>With --auto: how many points of mean IoU (hundredths) may be lost against the float graph, where the validation pictures have masks.</summary>
    public double MaxDrop { get; init; } = 0.5;

    /// <summary>With --auto: percent of the labels that may differ from the float graph's, where there are no masks.</summary>
    public double MaxChange { get; init; } = 2;

    /// <summary>With --auto: what is tried, and how it is judged and timed.</summary>
    public Search Search { get; init; } = new();

    /// <summary>A decisions.json that an earlier search wrote: the same graph, byte for byte, from the same model and pictures, without a search. It stands for all other options.</summary>
    public string? Decisions { get; init; }

    /// <summary>Gives the float graph back as it came: what a search decides where 8 bits gain nothing.</summary>
    public bool KeepFloat { get; init; }

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Images < 1)
            throw new StageException($"quantize: images is {Images}; give at least 1 (64 is usual).");
        if (Agreement is not (>= 0 and <= 1))
            throw new StageException($"quantize: agreement is {Agreement}; give a share from 0 to 1.");
        if (MaxDrop is not (>= 0 and <= 100) || MaxChange is not (>= 0 and <= 100))
            throw new StageException($"quantize: max-drop is {MaxDrop} and max-change is {MaxChange}; give points from 0 to 100 (0.5 and 2 are usual).");
        if (Auto && (Decisions is not null || KeepFloat))
            throw new StageException("quantize: auto searches for what decisions and keep-float already say. Leave out one of them.");
        Calibrator.Validate();
        Scheme.Validate();
        Search.Validate();
        foreach (var refinement in Refinements)
            refinement.Validate();
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> OtherDigests(StageContext context)
    {
        if (Decisions is not null)
            yield return File.Exists(Decisions) ? ArtifactStore.DigestOf(Decisions) : throw new StageException($"{Decisions}: there is no such file. Give the {DecisionsFile} that quantize --auto wrote.");
    }

    /// <inheritdoc/>
    protected override void Require(OnnxModel input, StageContext context) => FloatGraph.Require(input, context);

    /// <inheritdoc/>
    protected override void Run(OnnxModel input, StageContext context)
    {
        var where = input.PathOf(OnnxModel.GraphFile);
        var whole = OnnxFile.Read(where);
        if (WideningToFloat32.OfProducts(whole) is { Count: > 0 } narrow && WideningToFloat32.Apply(whole, narrow) > 0)
            context.Log.Say($"Its {string.Join(" and ", narrow)} numbers became float32, as inputs and outputs too: that is what 8-bit products have around them.");
        var part = KnownPart.Of(whole, where);
        if (Auto && part is { HasResults: false })
            throw new StageException($"{where}: auto compares results, and ONNX Runtime does not have {part.Names}, which all of them come from. Leave auto out.");
        var model = part?.Model ?? whole;
        var preprocess = input.Preprocess(context.Vocabulary);
        CalibrationPictures.CheckSize(model, preprocess, where);
        var options = Decisions is null ? this : Decided(context.Vocabulary);
        var pictures = CalibrationPictures.Calibrating(context, preprocess, options.Images);
        var reduce = options.ReduceRange ?? !Cpu.MultipliesInt8;
        if (pictures.Count < FewPictures && !options.KeepFloat)
            context.Log.Say($"{(pictures.Count == 1 ? "1 picture calibrates" : $"{pictures.Count} pictures calibrate")}: the ranges that it takes from so few may be too small for others. Give 32 or more like those that the model will see.");
        if (reduce && options.ReduceRange is null)
            context.Log.Say("This CPU sums 8-bit products in 16 bits, which can saturate: weights get 7 bits. Set reduceRange to false if the board has 8-bit dot products.");
        options = options with { ReduceRange = reduce };
        var memory = new CalibrationMemory(context.PathOf(CalibrationFile)) { Seen = done => context.Log.Progress("calibrates", done, pictures.Count) };
        SearchReport? search = null;
        if (options.Auto)
            (options, search) = Searched(options, model, where, pictures, memory, input, context);

        ModelProto graph;
        QuantizationReport report;
        if (options.KeepFloat)
        {
            graph = OnnxFile.Read(where);
            report = new QuantizationReport(pictures.Count, 32, [], []);
        }
        else
        {
            var quantization = Quantization.Of(model, options, pictures.Read(context), where, reduce, memory);
            if (!quantization.Plan.Decisions.Any(decision => decision.Int8))
                throw new StageException($"{where}: there is nothing to quantize. {(quantization.Plan.Decisions.Count == 0 ? "It has no convolution, Gemm or MatMul." : $"Its products stay in float: {string.Join("; ", quantization.Plan.Decisions.GroupBy(decision => decision.Reason).Select(reason => $"{reason.Count()} ({reason.Key})"))}. {(quantization.Plan.Decisions.Any(decision => decision.Reason == QuantizationPlan.IsFirst) ? "Quantize the first convolution as well (--first true), exclude" : "Exclude")} less, or choose another scheme.")}");
            graph = part?.Joined(quantization.Model) ?? quantization.Model;
            report = quantization.Report(pictures.Count, reduce, part);
            foreach (var line in report.Summary())
                context.Log.Say(line);
        }

        graph.SetMetadata(MetadataKey, Metadata(options, pictures, context));
        OnnxFile.Write(context.PathOf(OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(context.OutputFolder, preprocess, input.Classes(context.Vocabulary), context.Vocabulary);
        AtomicFile.WriteText(context.PathOf(DecisionsFile), context.Vocabulary.Write<Stage>(options));
        if (search is not null)
        {
            report = search.Explain(report);
            AtomicFile.WriteText(context.PathOf(SearchFile), context.Vocabulary.Write(search));
        }

        AtomicFile.WriteText(context.PathOf(ReportFile), context.Vocabulary.Write(report));
        AtomicFile.WriteText(context.PathOf(PageFile), QuantizationPage.Write(report, search, options, context.Vocabulary));
    }

    /// <inheritdoc/>
    protected override void Ensure(OnnxModel input, StageContext context)
    {
        var pictures = CalibrationPictures.Judging(context, input.Preprocess(context.Vocabulary), 16);
        var comparison = GraphComparison.Of(input.PathOf(OnnxModel.GraphFile), context.PathOf(OnnxModel.GraphFile), pictures.Read(context));
        var compared = $"On {(pictures.IsHeldOut ? $"{pictures.Count} {(pictures.Count == 1 ? "picture" : "pictures")} that did not calibrate" : $"{pictures.Count} of the pictures that calibrated")} {comparison}.";
        context.Log.Say(compared);
        Tell(compared, context);
        // labels of something from the inside mean nothing
        if (comparison.Agreement < Agreement && comparison.Inside is null)
        {
            throw new StageException($"quantize: only {comparison.Agreement:P1} of the {comparison.Unit} keep the label of the float graph; {Agreement:P0} are asked for. Calibrate with more images, try another calibrator, let --auto look for one, or exclude the nodes that suffer (see {ReportFile}).");
        }
    }

    // the report was written before the result could be compared
    private static void Tell(string compared, StageContext context)
    {
        var words = context.Vocabulary;
        T? Read<T>(string name)
            where T : class => File.Exists(context.PathOf(name)) ? words.Read<T>(TextFile.Read(context.PathOf(name)), name) : null;
        if (Read<QuantizationReport>(ReportFile) is not { } report || Read<Stage>(DecisionsFile) is not Quantize options)
            return;
        report = report with { Compared = compared };
        AtomicFile.WriteText(context.PathOf(ReportFile), words.Write(report));
        AtomicFile.WriteText(context.PathOf(PageFile), QuantizationPage.Write(report, Read<SearchReport>(SearchFile), options, words));
    }

    private (Quantize Options, SearchReport Report) Searched(Quantize options, ModelProto model, string where, CalibrationPictures pictures, CalibrationMemory memory, OnnxModel input, StageContext context)
    {
        var judging = CalibrationPictures.Judging(context, input.Preprocess(context.Vocabulary), options.Search.Images);
        var judged = judging.ReadWithMasks(context).ToArray();
        using var judge = new FidelityJudge(model, where, judged, input.Preprocess(context.Vocabulary), input.Classes(context.Vocabulary).Count);
        context.Log.Say($"Candidates are judged on {judge.Count} {(judging.IsHeldOut ? "pictures that do not calibrate" : "of the pictures that calibrate (too few to hold some out)")}, {(judge.HasMasks ? $"by their masks: at most {MaxDrop} points of mean IoU may be lost" : $"without masks: at most {MaxChange} % of the labels may change")}.");
        if (judge.Count < 8)
            context.Log.Say($"{judge.Count} picture{(judge.Count == 1 ? " judges" : "s judge")} badly; give more.");
        var search = new AutoSearch(options, model, Make, judge, new SearchMemory(context.PathOf(MemoryFile), context.Vocabulary), context);
        return search.Run();

        QuantizedGraph Make(Quantize candidate)
        {
            var quantization = Quantization.Of(model, candidate, pictures.Read(context), where, candidate.ReduceRange ?? false, memory);
            // planned once more: writing has changed the nodes that the plan was made of
            return new QuantizedGraph(quantization.Exact, quantization.Model, QuantizationPlan.Of(quantization.Exact.Graph, quantization.Layouts, candidate), quantization.Layouts);
        }
    }

    private Quantize Decided(Vocabulary vocabulary)
    {
        var stage = vocabulary.Read<Stage>(TextFile.Read(Decisions!), Decisions!);
        return stage is Quantize { Auto: false, Decisions: null } decided
            ? decided
            : throw new StageException($"{Decisions}: is no {DecisionsFile} of a search (a quantize stage without auto and decisions). Give the one that quantize --auto wrote.");
    }

    private static string Metadata(Quantize options, CalibrationPictures pictures, StageContext context)
    {
        var version = typeof(Quantize).Assembly.GetName().Version?.ToString(3) ?? "0";
        using var document = JsonDocument.Parse(context.Vocabulary.Write(new { options, data = pictures.Digest(context), images = pictures.Count, simulated = options.Scheme.Simulated, version, engine = OrtRuntime.Version }));
        return JsonSerializer.Serialize(document.RootElement);
    }
}
