using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A graph on its way to 8 bits: made ready, observed, planned and written.</summary>
internal sealed class Quantization
{
    // a mean over all places of so many pictures no longer moves
    private const int EnoughForMeans = 16;
    private readonly string where;
    private readonly Quantize options;

    private Quantization(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where, CalibrationMemory memory)
    {
        this.where = where;
        this.options = options;
        var prepared = memory.Prepared(GraphKey, () => PreparedGraph.Of(model, options, pictures, where));
        (Exact, Model, Layouts, Done) = (prepared.Model, prepared.Model.Clone(), prepared.Layouts, prepared.Said);
        Plan = QuantizationPlan.Of(Model.Graph, Layouts, options);
    }

    /// <summary>The graph; in float until it is written.</summary>
    public ModelProto Model { get; }

    /// <summary>The graph in float, as its values were observed.</summary>
    public ModelProto Exact { get; }

    /// <summary>The shapes of its values.</summary>
    public IReadOnlyDictionary<string, ValueLayout> Layouts { get; }

    /// <summary>What runs in 8 bits.</summary>
    public QuantizationPlan Plan { get; }

    /// <summary>The scale of each value that stands for its group.</summary>
    public IReadOnlyDictionary<string, AffineScale> Scales { get; private set; } = new Dictionary<string, AffineScale>();

    /// <summary>The weights of each product, by its node's name.</summary>
    public IReadOnlyDictionary<string, RoundedLayer> Weights { get; private set; } = new Dictionary<string, RoundedLayer>();

    /// <summary>What is added to the bias of a product, for each output channel, by its node's name.</summary>
    public IReadOnlyDictionary<string, float[]> Corrections { get; private set; } = new Dictionary<string, float[]>();

    /// <summary>What refinements did to the float graph.</summary>
    public IReadOnlyList<string> Done { get; }

    /// <summary>The values to observe: what a node only moves has the numbers that it moves, and their scale.</summary>
    public IReadOnlyList<string> Watched
    {
        get
        {
            var index = new GraphIndex(Model.Graph);
            return [.. Plan.Values.GroupBy(Plan.ScaleOf, StringComparer.Ordinal).SelectMany(group => group.Where(value => !IsMoved(value, index)).DefaultIfEmpty(group.First()))];
        }
    }

    /// <summary>Tells float graphs apart that options make of one model.</summary>
    private string GraphKey => $"{options.Simplify} {options.Scheme.WantsGemm} {options.MinLinearMacs.Value} {string.Join(", ", options.Refinements.Where(refinement => refinement.Rewrites))}";

    /// <summary>Quantizes a graph.</summary>
    /// <param name="model">In float; it is not changed.</param>
    /// <param name="options">What to quantize, and how.</param>
    /// <param name="pictures">Preprocessed pictures [3, H, W]; gone through once or, for refinements that ask for it, several times.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <param name="reduceRange">7 bits for weights.</param>
    /// <param name="memory">What was seen of the float graph before.</param>
    public static Quantization Of(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where, bool reduceRange, CalibrationMemory? memory = null)
    {
        memory ??= new CalibrationMemory();
        var quantization = new Quantization(model, options, pictures, where, memory);
        if (options.Scheme.Calibrates)
            quantization.Calibrate(pictures, memory);
        quantization.Weights = new LayerRounding(quantization, options, pictures, options.Images, reduceRange, where).Run();
        if (options.Refinements.Any(refinement => refinement is BiasRefinement))
            quantization.Corrections = quantization.MeanErrors(pictures);
        options.Scheme.Write(quantization);
        return quantization;
    }

    /// <summary>The scale of a value, where it has one.</summary>
    public AffineScale? ScaleOf(string value) => Scales.TryGetValue(Plan.ScaleOf(value), out var scale) ? scale : null;

    /// <summary>Whether a product has a bias that a correction can go into.</summary>
    public static bool IsCorrected(Product product) => product.Weight is not null && product.Node.OpType != "MatMul";

    /// <summary>What was done.</summary>
    /// <param name="images">Pictures that calibrated.</param>
    /// <param name="reduceRange">7 bits for weights.</param>
    /// <param name="part">Where the graph goes on behind what can be run.</param>
    public QuantizationReport Report(int images, bool reduceRange, KnownPart? part = null)
    {
        var decided = Plan.Decisions.Select(decision => decision.Node).ToHashSet(StringComparer.Ordinal);
        // a ReLU behind an 8-bit node is computed with it
        var index = new GraphIndex(Exact.Graph);
        var inside = Plan.Decisions.Where(decision => decision.Int8).Select(decision => decision.Node).ToHashSet(StringComparer.Ordinal);
        bool IsPart(NodeProto node) => node.OpType is "Relu" or "Clip" && index.Producer(node.Input[0]) is { } maker && inside.Contains(maker.Name) && Product.Behind(maker, index) == node.Output[0];
        return new QuantizationReport(
            images,
            reduceRange ? 7 : 8,
            [.. Plan.Decisions, .. part is null ? [] : Behind(part)],
            new ValueList<ValueScale>(Plan.Values.Where(value => ScaleOf(value) is not null).Select(value => new ValueScale(value, ScaleOf(value)!.Value.Step, ScaleOf(value)!.Value.ZeroPoint))))
        {
            Scheme = options.Scheme.Title,
            Simulated = options.Scheme.Simulated,
            Refinements = [.. Done],
            Others = [.. Exact.Graph.Node.Where(node => node.OpType != "Constant" && !decided.Contains(node.Name) && !IsPart(node)).GroupBy(node => node.OpType).Select(group => new OperatorCount(group.Key, group.Count())).OrderByDescending(each => each.Count).ThenBy(each => each.Op, StringComparer.Ordinal)],
        };
    }

    private static IEnumerable<NodeDecision> Behind(KnownPart part) => part.Tail
        .Select(node => part.Unknown.Contains(node) ? new NodeDecision(NameOf(node), node.OpType, false, "ONNX Runtime does not have it: kept as it is")
            : node.OpType is "Conv" or "Gemm" or "MatMul" ? new NodeDecision(NameOf(node), node.OpType, false, $"behind {part.Names}, which cannot be run: its values are not seen") : null)
        .OfType<NodeDecision>();

    private static string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : $"{node.OpType} of {node.Output.FirstOrDefault()}";

    private void Calibrate(IEnumerable<float[]> pictures, CalibrationMemory memory)
    {
        var index = new GraphIndex(Model.Graph);
        var observations = memory.Of(GraphKey, Watched, pictures, missing => new CalibrationPass(Model, missing, Layouts, where));
        var lows = Plan.Values.GroupBy(Plan.ScaleOf, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Where(observations.ContainsKey).Min(value => observations[value].Histogram.Min), StringComparer.Ordinal);
        var own = Plan.Values.ToDictionary(value => value, value => observations.TryGetValue(value, out var seen) ? seen.Histogram.Min : lows[Plan.ScaleOf(value)], StringComparer.Ordinal);
        Plan.JoinConcats(value => own[value]);
        var scales = new Dictionary<string, AffineScale>(StringComparer.Ordinal);
        foreach (var group in Plan.Values.GroupBy(Plan.ScaleOf, StringComparer.Ordinal))
        {
            var all = new Observation();
            var seen = group.Where(observations.ContainsKey).Select(value => observations[value]).ToArray();
            all.Merge(seen[0]);
            foreach (var other in seen.Skip(1))
                all.Join(other);
            scales[group.Key] = Scale(FixedScale(group, index)?.Range ?? options.Calibrator.Range(all));
        }

        Scales = scales;
    }

    private bool IsMoved(string value, GraphIndex index) => index.Producer(value) is { } node && Plan.Chose(node) && QuantizationPlan.OnlyMoves(node);

    private AffineScale Scale(ValueRange range) => options.Scheme is StaticScheme { ActivationBits: var bits, Symmetric: var symmetric } ? AffineScale.Of(range, bits, symmetric) : AffineScale.Of(range);

    /// <summary>The scale that refinements give to all that makes the values of a group, moved data aside.</summary>
    private AffineScale? FixedScale(IEnumerable<string> group, GraphIndex index)
    {
        var makers = group.Select(index.Producer).Where(node => node is null || !QuantizationPlan.OnlyMoves(node)).ToArray();
        var scales = makers.Select(node => node is null ? null : options.Refinements.Select(refinement => refinement.Scale(node)).FirstOrDefault(scale => scale is not null)).Distinct().ToArray();
        return scales is [{ } only] ? only : null;
    }

    /// <summary>For each output channel, the mean of W x - Ŵ x̂ over at most 31 of the calibration pictures, evenly spread.</summary>
    private Dictionary<string, float[]> MeanErrors(IEnumerable<float[]> pictures)
    {
        var products = Plan.Products.Where(IsCorrected).ToArray();
        var means = products.Select(product => product.Node.Input[0]).Distinct(StringComparer.Ordinal)
            .ToDictionary(value => value, value => new ChannelMeans(ScaleOf(value), Layouts[value], products.First(product => product.Node.Input[0] == value).Node.OpType == "Conv"), StringComparer.Ordinal);
        var every = Math.Max(1, options.Images / EnoughForMeans);
        using (var probe = new GraphProbe(Model, means.Keys, where))
        {
            foreach (var picture in pictures.Where((_, i) => i % every == 0))
                probe.Run(picture, [.. means.Keys], Layouts, (value, data, _) => means[value].Add(data), inParallel: true);
        }

        return products.ToDictionary(product => product.Node.Name, product => means[product.Node.Input[0]].Correction(product, Weights[product.Node.Name]), StringComparer.Ordinal);
    }
}
