using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A graph on its way to 8 bits: made ready, observed, planned and written.</summary>
internal sealed class Quantization
{
    private readonly string where;
    private readonly Quantize options;

    private Quantization(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where)
    {
        this.where = where;
        this.options = options;
        Model = model.Clone();
        FiniteWeights.Require(Model, where);
        var layouts = GraphProbe.Layouts(Model, where);
        OpsetUpgrade.Apply(Model, where, layouts);
        Model = Pass.Run(Model, Pass.ForExport);
        NameNodes(Model.Graph);
        if (options.Scheme.WantsGemm && LinearAsGemm.Apply(Model.Graph, GraphProbe.Layouts(Model, where), options.MinLinearMacs) > 0)
            Model = Pass.Run(Model, [new MergeReshapesPass(), new DeadNodesPass()]);
        foreach (var refinement in options.Refinements.Where(refinement => refinement.Rewrites))
        {
            var rewriting = new FloatRewriting(Model, pictures, where);
            rewriting.Run(refinement);
            Done.AddRange(rewriting.Said);
        }

        Layouts = GraphProbe.Layouts(Model, where);
        Plan = QuantizationPlan.Of(Model.Graph, Layouts, options);
    }

    /// <summary>The graph; in float until it is written.</summary>
    public ModelProto Model { get; }

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
    public List<string> Done { get; } = [];

    /// <summary>Quantizes a graph.</summary>
    /// <param name="model">In float; it is not changed.</param>
    /// <param name="options">What to quantize, and how.</param>
    /// <param name="pictures">Preprocessed pictures [3, H, W]; gone through once or, for refinements that ask for it, several times.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <param name="reduceRange">7 bits for weights.</param>
    public static Quantization Of(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where, bool reduceRange)
    {
        var quantization = new Quantization(model, options, pictures, where);
        if (options.Scheme.Calibrates)
            quantization.Calibrate(pictures);
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
    public QuantizationReport Report(int images, bool reduceRange) => new(
        images,
        reduceRange ? 7 : 8,
        new ValueList<NodeDecision>(Plan.Decisions),
        new ValueList<ValueScale>(Plan.Values.Where(value => ScaleOf(value) is not null).Select(value => new ValueScale(value, ScaleOf(value)!.Value.Step, ScaleOf(value)!.Value.ZeroPoint))))
    {
        Scheme = options.Scheme.Title,
        Simulated = options.Scheme.Simulated,
        Refinements = [.. Done],
    };

    private static void NameNodes(GraphProto graph)
    {
        var index = new GraphIndex(graph);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in graph.Node)
        {
            if (node.Name.Length == 0 || !seen.Add(node.Name))
                seen.Add(node.Name = index.Fresh($"{node.OpType}_{node.Output[0]}"));
        }
    }

    private void Calibrate(IEnumerable<float[]> pictures)
    {
        var observations = Plan.Values.ToDictionary(value => value, _ => new Observation(), StringComparer.Ordinal);
        using (var probe = new GraphProbe(Model, Plan.Values, where))
        {
            foreach (var picture in pictures)
                probe.Run(picture, Plan.Values, Layouts, (value, data, _) => Observe(observations[value], value, data));
        }

        Plan.JoinConcats(value => observations[value].Histogram.Min);
        var index = new GraphIndex(Model.Graph);
        var scales = new Dictionary<string, AffineScale>(StringComparer.Ordinal);
        foreach (var group in Plan.Values.GroupBy(Plan.ScaleOf, StringComparer.Ordinal))
        {
            var all = new Observation();
            foreach (var value in group)
                all.Merge(observations[value]);
            scales[group.Key] = Scale(FixedScale(group, index)?.Range ?? options.Calibrator.Range(all));
        }

        Scales = scales;
    }

    private AffineScale Scale(ValueRange range) => options.Scheme is StaticScheme { ActivationBits: var bits, Symmetric: var symmetric } ? AffineScale.Of(range, bits, symmetric) : AffineScale.Of(range);

    /// <summary>The scale that refinements give to all that makes the values of a group, moved data aside.</summary>
    private AffineScale? FixedScale(IEnumerable<string> group, GraphIndex index)
    {
        var makers = group.Select(index.Producer).Where(node => node is null || !QuantizationPlan.OnlyMoves(node)).ToArray();
        var scales = makers.Select(node => node is null ? null : options.Refinements.Select(refinement => refinement.Scale(node)).FirstOrDefault(scale => scale is not null)).Distinct().ToArray();
        return scales is [{ } only] ? only : null;
    }

    private void Observe(Observation observation, string value, ReadOnlySpan<float> data)
    {
        try
        {
            observation.Add(data);
        }
        catch (ArgumentException)
        {
            throw new StageException($"{where}: {value} holds numbers that are not finite on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
        }
    }

    /// <summary>For each output channel, the mean of W x - Ŵ x̂ over the calibration pictures.</summary>
    private Dictionary<string, float[]> MeanErrors(IEnumerable<float[]> pictures)
    {
        var products = Plan.Products.Where(IsCorrected).ToArray();
        var means = products.Select(product => product.Node.Input[0]).Distinct(StringComparer.Ordinal)
            .ToDictionary(value => value, value => new ChannelMeans(ScaleOf(value), Layouts[value], products.First(product => product.Node.Input[0] == value).Node.OpType == "Conv"), StringComparer.Ordinal);
        using (var probe = new GraphProbe(Model, means.Keys, where))
        {
            foreach (var picture in pictures)
                probe.Run(picture, [.. means.Keys], Layouts, (value, data, _) => means[value].Add(data));
        }

        return products.ToDictionary(product => product.Node.Name, product => means[product.Node.Input[0]].Correction(product, Weights[product.Node.Name]), StringComparer.Ordinal);
    }
}
