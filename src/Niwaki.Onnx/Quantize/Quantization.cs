using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A graph on its way to 8 bits: made ready, observed, planned and written.</summary>
internal sealed class Quantization
{
    private readonly string where;
    private readonly Quantize options;

    private Quantization(ModelProto model, Quantize options, string where)
    {
        this.where = where;
        this.options = options;
        Model = model.Clone();
        var layouts = GraphProbe.Layouts(Model, where);
        OpsetUpgrade.Apply(Model, where, layouts);
        Model = Pass.Run(Model, Pass.ForExport);
        NameNodes(Model.Graph);
        if (LinearAsGemm.Apply(Model.Graph, GraphProbe.Layouts(Model, where), options.MinLinearMacs) > 0)
            Model = Pass.Run(Model, [new MergeReshapesPass(), new DeadNodesPass()]);
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

    /// <summary>Quantizes a graph.</summary>
    /// <param name="model">In float; it is not changed.</param>
    /// <param name="options">What to quantize, and how.</param>
    /// <param name="pictures">Preprocessed pictures [3, H, W]; gone through up to two times.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <param name="reduceRange">7 bits for weights.</param>
    public static Quantization Of(ModelProto model, Quantize options, IEnumerable<float[]> pictures, string where, bool reduceRange)
    {
        var quantization = new Quantization(model, options, where);
        quantization.Calibrate(pictures);
        var writer = new QdqWriter(quantization.Model.Graph, quantization.Plan, quantization.Scales, reduceRange);
        var corrections = options.Refinements.OfType<BiasRefinement>().Any() ? quantization.Corrections(writer, pictures) : new Dictionary<string, float[]>();
        writer.Apply(corrections);
        return quantization;
    }

    /// <summary>What was done.</summary>
    public QuantizationReport Report(int images, bool reduceRange) => new(
        images,
        reduceRange ? 7 : 8,
        new ValueList<NodeDecision>(Plan.Decisions),
        new ValueList<ValueScale>(Plan.Values.Select(value => new ValueScale(value, Scales[Plan.ScaleOf(value)].Step, Scales[Plan.ScaleOf(value)].ZeroPoint))));

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
            if (index.Producer(group.Key)?.OpType is "Sigmoid" or "Softmax" && group.Count() == 1)
            {
                scales[group.Key] = AffineScale.Unit;
                continue;
            }

            var all = new Observation();
            foreach (var value in group)
                all.Merge(observations[value]);
            scales[group.Key] = AffineScale.Of(options.Calibrator.Range(all));
        }

        Scales = scales;
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
    private Dictionary<string, float[]> Corrections(QdqWriter writer, IEnumerable<float[]> pictures)
    {
        var products = Plan.Products.Where(product => product.Weight is not null && product.Node.OpType != "MatMul").ToArray();
        var means = products.Select(product => product.Node.Input[0]).Distinct(StringComparer.Ordinal)
            .ToDictionary(value => value, value => new ChannelMeans(Scales[Plan.ScaleOf(value)], Layouts[value], products.First(product => product.Node.Input[0] == value).Node.OpType == "Conv"), StringComparer.Ordinal);
        using (var probe = new GraphProbe(Model, means.Keys, where))
        {
            foreach (var picture in pictures)
                probe.Run(picture, [.. means.Keys], Layouts, (value, data, _) => means[value].Add(data));
        }

        return products.ToDictionary(product => product.Node.Name, product => means[product.Node.Input[0]].Correction(product, writer.WeightsOf(product)), StringComparer.Ordinal);
    }
}
