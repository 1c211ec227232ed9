namespace Niwaki;

/// <summary>
/// The reader that counts without running: multiply-accumulates of convolutions, linear layers and attention (<c>q kᵀ</c> and the
/// product with the values) and of merging tokens, parameters, and the bytes of intermediate results. Normalisation, activations, pooling, resizing and what
/// is multiplied element by element (as in a separable attention) are not counted, as in published figures.
/// </summary>
public sealed partial class CostOps : ShapeOps
{
    private const int FloatBytes = 4;

    private readonly Dictionary<Shape, int> buffers = new(ReferenceEqualityComparer.Instance);
    private readonly List<long> sizes = [];
    private readonly List<CostEvent> events = [];

    /// <summary>Parameters and multiply-accumulates for one picture.</summary>
    public static ModelCost Of(Architecture architecture, int height, int width) => Read(architecture, height, width, ordered: true).Total;

    /// <summary>The same, with a line for each layer and the memory that intermediate results take.</summary>
    public static CostBreakdown Details(Architecture architecture, int height, int width) => Read(architecture, height, width, ordered: false);

    // ordered: whether only the forward's own order of operations is looked at, which is quicker
    private static CostBreakdown Read(Architecture architecture, int height, int width, bool ordered)
    {
        var reader = new CostOps();
        var image = new Shape(1, 3, height, width);
        reader.Hold(image);
        architecture.Forward(reader, image);
        return reader.Sum(ParameterOps.Of(architecture, height, width), ordered);
    }

    /// <inheritdoc/>
    public override Shape Conv(Shape image, string name, ConvOptions options)
    {
        var output = base.Conv(image, name, options);
        return Write(output, [image], name, macs: output.Elements * (image[1] / options.Groups) * options.Kernel * options.Kernel);
    }

    /// <inheritdoc/>
    public override Shape Linear(Shape value, string name, int width, bool bias = true)
    {
        var output = base.Linear(value, name, width, bias);
        return Write(output, [value], name, macs: output.Elements * value[^1]);
    }

    /// <inheritdoc/>
    public override Shape BatchNorm(Shape image, string name, double epsilon = 1e-5) => Write(image, [image], name, inPlace: true);

    /// <inheritdoc/>
    public override Shape LayerNorm(Shape value, string name, double epsilon = 1e-5) => Write(value, [value], name);

    /// <inheritdoc/>
    public override Shape GroupNorm(Shape image, string name, int groups = 1, double epsilon = 1e-5) => Write(image, [image], name, scratch: image.Elements * FloatBytes);

    /// <inheritdoc/>
    public override Shape PrependToken(Shape tokens, string name) => Write(base.PrependToken(tokens, name), [tokens], name);

    /// <inheritdoc/>
    public override Shape AddPositions(Shape tokens, string name) => Write(tokens, [tokens], name);

    /// <inheritdoc/>
    public override Shape Activate(Shape value, Activation activation) => activation switch
    {
        Activation.None => value,
        Activation.Relu or Activation.Relu6 or Activation.Sigmoid => Write(value, [value], inPlace: true),
        _ => Write(value, [value], scratch: value.Elements * FloatBytes),               // a gate and a product, or a runtime's own buffer
    };

    /// <inheritdoc/>
    public override Shape Add(Shape left, Shape right) => Write(base.Add(left, right), [left, right]);

    /// <inheritdoc/>
    public override Shape Mean(Shape left, Shape right) => Write(base.Mean(left, right), [left, right]);

    /// <inheritdoc/>
    public override Shape Concat(IReadOnlyList<Shape> images) => Write(base.Concat(images), [.. images]);

    /// <inheritdoc/>
    public override Shape Resize(Shape image, int height, int width, bool alignCorners = false) =>
        image[2] == height && image[3] == width ? image : Write(base.Resize(image, height, width, alignCorners), [image]);

    /// <inheritdoc/>
    public override Shape AveragePool(Shape image, int height, int width) => Write(base.AveragePool(image, height, width), [image]);

    /// <inheritdoc/>
    public override Shape MaxPool(Shape image, int kernel, int stride, int padding) => Write(base.MaxPool(image, kernel, stride, padding), [image]);

    /// <inheritdoc/>
    public override Shape GlobalAveragePool(Shape image) => Write(base.GlobalAveragePool(image), [image]);

    /// <inheritdoc/>
    public override Shape MeanTokens(Shape tokens) => Write(base.MeanTokens(tokens), [tokens]);

    /// <inheritdoc/>
    public override Shape Token(Shape tokens, int index) => View(base.Token(tokens, index), tokens);

    /// <inheritdoc/>
    public override Shape SkipTokens(Shape tokens, int count) => View(base.SkipTokens(tokens, count), tokens);

    /// <inheritdoc/>
    public override Shape Pad(Shape image, int right, int bottom) => right == 0 && bottom == 0 ? image : Write(base.Pad(image, right, bottom), [image]);

    /// <inheritdoc/>
    public override Shape ImageToGrid(Shape image) => Write(base.ImageToGrid(image), [image]);

    /// <inheritdoc/>
    public override Shape GridToImage(Shape grid) => Write(base.GridToImage(grid), [grid]);

    /// <inheritdoc/>
    public override Shape GridToTokens(Shape grid) => View(base.GridToTokens(grid), grid);

    /// <inheritdoc/>
    public override Shape TokensToGrid(Shape tokens, int height, int width) => View(base.TokensToGrid(tokens, height, width), tokens);

    /// <inheritdoc/>
    public override Shape Windows(Shape grid, WindowLayout layout) => Write(base.Windows(grid, layout), [grid]);

    /// <inheritdoc/>
    public override Shape Unwindows(Shape tokens, WindowLayout layout) => Write(base.Unwindows(tokens, layout), [tokens]);

    /// <inheritdoc/>
    public override Shape MergePatches(Shape grid) => Write(base.MergePatches(grid), [grid]);

    /// <inheritdoc/>
    public override Shape Unfold(Shape image, int patch) => Write(base.Unfold(image, patch), [image]);

    /// <inheritdoc/>
    public override Shape Fold(Shape tokens, int patch, int height, int width) => Write(base.Fold(tokens, patch, height, width), [tokens]);

    /// <inheritdoc/>
    public override Shape Attention(Shape query, Shape key, Shape value, string name, AttentionOptions options) =>
        Attended(base.Attention(query, key, value, name, options), query, key, value, name, options.Heads, options.Windows is null ? 1 : 2);

    /// <inheritdoc/>
    public override Shape CosineAttention(Shape query, Shape key, Shape value, string name, CosineAttentionOptions options)
    {
        // the lengths of the first vectors may be taken while the last of q, k and v is still to be made of what all three come from
        int[] products = [Hold(query), Hold(key), Hold(value)];
        var sources = events.Where(each => products.Contains(each.Writes)).SelectMany(each => each.Reads);
        var lengths = (long)query[0] * query[1] * options.Heads;
        events.Add(new CostEvent(null, [.. products, .. sources], CostEvent.Nothing, 0, (lengths + Math.Max(0, query.Elements - value.Elements)) * FloatBytes, InPlace: false));
        return Attended(base.CosineAttention(query, key, value, name, options), query, key, value, name, options.Heads, 2);
    }

    /// <inheritdoc/>
    public override Shape SeparableAttention(Shape query, Shape key, Shape value, string name, int patch) =>
        Write(base.SeparableAttention(query, key, value, name, patch), [value, key, query], name, scratch: value.Elements * FloatBytes);

    // logits: how many matrices of them there are at once: the softmax is in place, the sum with a bias is not
    private Shape Attended(Shape output, Shape query, Shape key, Shape value, string name, int heads, int logits, params Shape[] others)
    {
        var pairs = (long)query[0] * query[1] * key[1];
        return Write(output, [query, key, value, .. others], name, macs: pairs * (query[2] + value[2]), scratch: pairs * heads * FloatBytes * logits);
    }

    /// <inheritdoc/>
    public override Shape LinearAttention(Shape query, Shape key, Shape value, string name, int heads, double epsilon = 1e-5)
    {
        // v kᵀ, its product with q, and the product of q with the sums of k that the result is divided by
        var (pixels, rows) = ((long)query[2] * query[3], value[1] / heads);
        return Write(
            base.LinearAttention(query, key, value, name, heads, epsilon),
            [query, key, value],
            name,
            macs: pixels * query[1] * ((2 * rows) + 1),
            scratch: ((pixels * (query[1] + value[1] + heads)) + ((long)query[1] * (rows + 1))) * FloatBytes);
    }

    private int Hold(Shape value)
    {
        if (!buffers.TryGetValue(value, out var buffer))
        {
            buffers[value] = buffer = sizes.Count;
            sizes.Add(value.Elements * FloatBytes);
        }

        return buffer;
    }

    private Shape Write(Shape output, Shape[] inputs, string? name = null, long macs = 0, long scratch = 0, bool inPlace = false)
    {
        var written = new Shape(output.Dimensions);                                     // values are told apart by reference
        events.Add(new CostEvent(name, [.. inputs.Select(Hold)], Hold(written), macs, scratch, inPlace));
        return written;
    }

    private Shape View(Shape output, Shape input)
    {
        var view = new Shape(output.Dimensions);
        buffers[view] = Hold(input);
        return view;
    }

    private CostBreakdown Sum(IReadOnlyList<ParameterSpec> specs, bool ordered)
    {
        var lastRead = new int[sizes.Count];
        Array.Fill(lastRead, -1);
        for (var i = 0; i < events.Count; i++)
        {
            foreach (var read in events[i].Reads)
                lastRead[read] = i;
        }

        var parameters = specs.Where(spec => !spec.IsBuffer).GroupBy(Owner).ToDictionary(layer => layer.Key, layer => layer.Sum(spec => spec.Shape.Elements));
        var layers = new List<LayerCost>();
        var early = new EarlyRuns(events, sizes);
        long live = sizes[0];
        long peak = 0;
        for (var i = 0; i < events.Count; i++)
        {
            var (name, reads, _, macs, scratch, inPlace) = events[i];
            var made = events[i].Made(sizes);
            var reuses = inPlace && lastRead[reads[0]] == i;
            var now = live + scratch + (reuses ? 0 : made);
            peak = Math.Max(peak, ordered ? now : now + early.Beyond(i));
            live += made - reads.Distinct().Where(read => lastRead[read] == i).Sum(read => sizes[read]);
            if (name is not null)
            {
                parameters.Remove(name, out var count);
                layers.Add(new LayerCost(name, new Macs(macs), count, new Bytes(made), new Bytes(now)));
            }
        }

        var total = new ModelCost(layers.Sum(layer => layer.Parameters), new Macs(layers.Sum(layer => layer.Macs.Value)));
        return new CostBreakdown(total, new Bytes(peak), layers);

        static string Owner(ParameterSpec spec) =>
            spec.Role == ParameterRole.Embedding ? spec.Name : spec.Name[..spec.Name.LastIndexOf('.')];
    }
}
