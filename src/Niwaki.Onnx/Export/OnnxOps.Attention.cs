namespace Niwaki.Onnx;

// attention, and the norm that goes with the separable one
internal sealed partial class OnnxOps
{
    /// <summary>Whether there are tokens that must not see each other.</summary>
    public bool Masks { get; private set; }

    /// <summary>Scores that differ by no more than this stay hidden behind a mask of -100 as well: exp(75 - 100) is 1e-11.</summary>
    private const double WidestHidden = 75;

    /// <summary>
    /// Least length of a vector that is divided by its length. Implementations have 1e-12, which 16-bit floats do not know; vectors
    /// shorter than this one, 2^-23, are zero in practice, and stay so.
    /// </summary>
    private const float LeastLength = 1.1920929e-7f;

    // [B, h, p, w, p] to [B, p, p, h, w] and back
    private static readonly int[] PatchesLast = [0, 2, 4, 1, 3];
    private static readonly int[] PatchesBack = [0, 3, 1, 4, 2];

    /// <inheritdoc/>
    public Value GroupNorm(Value image, string name, int groups = 1, double epsilon = 1e-5)
    {
        var channels = image.Shape[1];
        var rows = graph.Node("Reshape", $"{name}.groups", [Whole(image), graph.Integers("shape_groups", 0, groups, -1)]);
        var ones = graph.Floats($"ones_{groups}", new Shape(groups), [.. Enumerable.Repeat(1f, groups)]);
        var zeros = graph.Floats($"zeros_{groups}", new Shape(groups), new float[groups]);
        var normalized = graph.Node("InstanceNormalization", $"{name}.normalized", [rows, ones, zeros], ("epsilon", (float)epsilon));
        var whole = As(new Value(normalized, image.Shape, new Shape(1, groups, (int)(image.Shape.Elements / groups)), name), image.Shape).Name;
        var scaled = graph.Node("Mul", $"{name}.scaled", [whole, ByChannel($"{name}.weight", channels)]);
        return Write("Add", name, image.Shape, [scaled, ByChannel($"{name}.bias", channels)]);
    }

    /// <inheritdoc/>
    public Value Attention(Value query, Value key, Value value, string name, AttentionOptions options) => Attended(query, key, value, name, options, null);

    // sizes: what is added to the scores of the keys
    private Value Attended(Value query, Value key, Value value, string name, AttentionOptions options, string? sizes)
    {
        var scaled = Written(query);
        scaled = scaled with { Name = graph.Node("Mul", $"{name}.scale", [scaled.Name, graph.Scalar((float)options.Scale)]) };
        var lead = Lead(query, options.Windows);
        var bias = options switch
        {
            { Windows: { } layout, Mirrored: true } => Bias(name, ByDistance(weights[$"{name}.attention_biases"]), options.Heads, layout, layout.DistanceIndex(), (float)mask),
            { Windows: { } layout } => Bias(name, weights[$"{name}.relative_position_bias_table"].Values, options.Heads, layout, layout.RelativePositionIndex(), (float)mask),
            _ => sizes,
        };
        var shape = shapes.Attention(query.Shape, key.Shape, value.Shape, name, options);

        // softmax does not see q b, which is the same for all keys; and its shares of b sum to b, which the next layer can add
        var (keys, _) = WithoutBias(key);
        var (values, shift) = WithoutBias(value);
        return Mixed(scaled, keys, values, name, options.Heads, lead, bias, shape) with { Shift = shift };
    }

    /// <inheritdoc/>
    public Value CosineAttention(Value query, Value key, Value value, string name, CosineAttentionOptions options)
    {
        var (heads, layout) = (options.Heads, options.Windows);
        var lead = Lead(query, layout);
        var scales = weights[$"{name}.logit_scale"].Values.Select(log => Math.Exp(Math.Min(log, Math.Log(CosineAttentionOptions.MaxScale)))).ToArray();
        var table = ContinuousBias.Table(weights, name, options);
        var spread = Enumerable.Range(0, heads).Max(head => (2 * scales[head]) + ContinuousBias.Spread(table, head, heads));

        var q = Directions(query, lead, heads, graph.Parameter($"{name}.inverse_scale", new Weight(new Shape(heads, 1), [.. scales.Select(scale => (float)(1 / scale))])));
        var k = Directions(key, lead, heads, null);
        var bias = Bias(name, table, heads, layout, layout.RelativePositionIndex(), (float)(spread <= WidestHidden ? mask : WindowLayout.Masked));
        return Mixed(q, k, value, name, heads, lead, bias, shapes.CosineAttention(query.Shape, key.Shape, value.Shape, name, options));
    }

    /// <inheritdoc/>
    public Value SeparableAttention(Value query, Value key, Value value, string name, int patch)
    {
        // rows of a patch are one axis, so that sums and products run over long rows
        var shape = shapes.SeparableAttention(query.Shape, key.Shape, value.Shape, name, patch);
        var (channels, high, wide) = (shape[1], shape[2] / patch, shape[3] / patch);
        var row = patch * wide * patch;
        var turned = graph.Node("Transpose", $"{name}.patches", [As(InOrder(query), new Shape(1, high, patch, wide, patch)).Name], ("perm", PatchesLast));
        var scores = new Value(turned, query.Shape, new Shape(1, patch, patch, high, wide), name);
        var shares = new Value(graph.Node("Softmax", $"{name}.softmax", [As(scores, new Shape(1, patch, patch, high * wide)).Name], ("axis", -1)), query.Shape, new Shape(1, patch, patch, high * wide), name);
        var back = graph.Node("Transpose", $"{name}.shares", [As(shares, scores.Stored).Name], ("perm", PatchesBack));
        shares = As(new Value(back, query.Shape, new Shape(1, high, patch, wide, patch), name), new Shape(1, 1, high, row));

        var shared = graph.Node("Mul", $"{name}.shared", [As(InOrder(key), new Shape(1, channels, high, row)).Name, shares.Name]);
        var context = new Value(Reductions.Sum(graph, shared, 2, $"{name}.columns"), shape, new Shape(1, channels, row), name);
        context = As(context, new Shape(1, channels * patch, wide, patch));
        context = context with { Name = Reductions.Sum(graph, context.Name, 2, $"{name}.context"), Stored = new Shape(1, channels * patch, patch) };
        context = As(context, new Shape(1, channels, patch, 1, patch));
        var spread = graph.Node("Expand", $"{name}.context_row", [context.Name, graph.Integers("shape_row", 1, 1, 1, wide, 1)]);
        context = As(context with { Name = spread, Stored = new Shape(1, channels, patch, wide, patch) }, new Shape(1, channels, 1, row));

        var kept = Activate(value, Activation.Relu);
        var mixed = graph.Node("Mul", name, [As(InOrder(kept), new Shape(1, channels, high, row)).Name, context.Name]);
        return new Value(mixed, shape, new Shape(1, channels, high, row), name);
    }

    // a shifted window's mask differs from window to window: the windows get an axis of their own
    private static int[] Lead(Value query, WindowLayout? layout) => layout is { Shifted: true } ? [query.Shape[0] / layout.Count, layout.Count] : [query.Shape[0]];

    private Value Mixed(Value query, Value key, Value value, string name, int heads, int[] lead, string? bias, Shape shape)
    {
        var scores = graph.Node("MatMul", $"{name}.scores", [Heads(query, lead, heads, "q"), Heads(key, lead, heads, "k", turned: true)]);
        if (bias is not null)
            scores = graph.Node("Add", $"{name}.scores_biased", [scores, bias]);
        var shares = graph.Node("Softmax", $"{name}.softmax", [scores], ("axis", -1));
        var mixed = graph.Node("MatMul", $"{name}.mixed", [shares, Heads(value, lead, heads, "v")]);
        var (tokens, width) = (shape[1], shape[2] / heads);
        if (heads == 1)
            return new Value(mixed, shape, new Shape((int[])[.. lead, 1, tokens, width]), name);
        mixed = graph.Node("Transpose", $"{name}.mixed_tokens", [mixed], ("perm", HeadsSwapped(lead.Length)));
        return new Value(mixed, shape, new Shape((int[])[.. lead, tokens, heads, width]), name);
    }

    // each head's vector divided by its length, and by a factor of the head
    private Value Directions(Value tokens, int[] lead, int heads, string? factors)
    {
        tokens = InOrder(tokens);
        var split = As(tokens, new Shape((int[])[.. lead, tokens.Shape[1], heads, tokens.Shape[2] / heads]));
        var length = Reductions.Length(graph, split.Name, -1, $"{tokens.Layer}.length");
        if (factors is not null)
            length = graph.Node("Mul", $"{tokens.Layer}.length_scaled", [length, factors]);
        var safe = graph.Node("Max", $"{tokens.Layer}.length_safe", [length, graph.Scalar(LeastLength)]);
        return split with { Name = graph.Node("Div", $"{tokens.Layer}.direction", [split.Name, safe]) };
    }

    // table: [distances, heads]
    private string Bias(string name, float[] table, int heads, WindowLayout layout, int[] index, float masked)
    {
        var bias = new float[heads * index.Length];
        for (var head = 0; head < heads; head++)
        {
            for (var pair = 0; pair < index.Length; pair++)
                bias[(head * index.Length) + pair] = table[(index[pair] * heads) + head];
        }

        var constant = graph.Parameter($"{name}.relative_position_bias", new Weight(new Shape(heads, layout.Area, layout.Area), bias));
        if (!layout.Shifted)
            return constant;
        Masks = true;
        var mask = graph.Floats($"window_mask_{layout.Height}x{layout.Width}", new Shape(layout.Count, 1, layout.Area, layout.Area), [.. layout.Mask().Select(value => value < 0 ? masked : 0)]);
        return graph.Node("Add", $"{name}.bias_and_mask", [constant, mask]);
    }

    // [heads, distances] to [distances, heads]
    private static float[] ByDistance(Weight biases)
    {
        var (heads, distances) = (biases.Shape[0], biases.Shape[1]);
        return [.. Enumerable.Range(0, heads * distances).Select(i => biases.Values[(i % heads * distances) + (i / heads)])];
    }

    private string ByChannel(string name, int channels) => graph.Parameter(name, weights[name] with { Shape = new Shape(channels, 1, 1) });
}
