namespace Niwaki;

/// <summary>One resolution of an EfficientViT.</summary>
/// <param name="Width">Channels of the residual stream.</param>
/// <param name="EntryWidth">Hidden channels of the inverted residual that halves the resolution.</param>
/// <param name="Blocks">The further ones.</param>
public sealed record EfficientVitStage(int Width, int EntryWidth, ValueList<EfficientVitBlock> Blocks)
{
    /// <summary>Whether blocks begin with linear attention; inverted residuals then have a bias in place of their first two BatchNorms.</summary>
    public bool Attends { get; init; }

    /// <summary>Channels of a head.</summary>
    public int HeadWidth { get; init; } = 16;

    /// <summary>Sides of the neighbourhoods that further heads gather their queries, keys and values from.</summary>
    public ValueList<int> Scales { get; init; } = [5];

    internal T Entry<T>(IOps<T> op, T x, string name) => Inverted(op, x, $"{name}.entry", EntryWidth, 2);

    internal T Block<T>(IOps<T> op, T x, string name, int index, double epsilon)
    {
        var block = Blocks[index];
        if (Attends)
            x = op.Add(Attention(op, x, $"{name}.attn", block.Heads, epsilon), x);
        return op.Add(Inverted(op, x, $"{name}.local", block.ExpandedWidth, 1), x);
    }

    internal EfficientVitStage Narrowed(Widths widths, string name) => this with
    {
        Width = widths($"{name}.entry.project.conv"),
        EntryWidth = widths($"{name}.entry.expand.conv"),
        Blocks = [.. Blocks.Select((block, j) => block with
        {
            ExpandedWidth = widths($"{name}.blocks.{j}.local.expand.conv"),
            Heads = Attends ? widths($"{name}.blocks.{j}.attn.v") / HeadWidth : 0,
        })],
    };

    internal static EfficientVitStage? Fitted(IReadOnlyDictionary<string, Shape> shapes, string name)
    {
        if (!shapes.TryGetValue($"{name}.entry.expand.conv.weight", out var entry))
            return null;
        var (headWidth, scales) = (16, new List<int>());
        while (shapes.TryGetValue($"{name}.blocks.0.attn.scale_{scales.Count}.q.depthwise.weight", out var gathered))
        {
            headWidth = shapes[$"{name}.blocks.0.attn.scale_{scales.Count}.q.mix.weight"][1];
            scales.Add(gathered[2]);
        }

        var blocks = new List<EfficientVitBlock>();
        string block;
        while (shapes.TryGetValue($"{block = $"{name}.blocks.{blocks.Count}"}.local.expand.conv.weight", out var expanded))
            blocks.Add(new EfficientVitBlock(expanded[0]) { Heads = shapes.TryGetValue($"{block}.attn.q.weight", out var query) ? query[0] / headWidth : 0 });
        var stage = new EfficientVitStage(shapes[$"{name}.entry.project.conv.weight"][0], entry[0], [.. blocks]) { Attends = shapes.ContainsKey($"{name}.entry.expand.conv.bias") };
        return stage.Attends && scales.Count > 0 ? stage with { HeadWidth = headWidth, Scales = [.. scales] } : stage;
    }

    // section 3.1 of the paper: heads on the pixels themselves, and as many again on what each scale gathers
    private T Attention<T>(IOps<T> op, T x, string name, int heads, double epsilon)
    {
        var width = heads * HeadWidth;
        var (q, k, v) = (Scaled("q"), Scaled("k"), Scaled("v"));                        // [B, (1 + scales) * heads * d, H, W]
        var mixed = op.LinearAttention(op.Activate(q, Activation.Relu), op.Activate(k, Activation.Relu), v, name, heads * (1 + Scales.Count), epsilon);
        return op.ConvNorm(mixed, $"{name}.proj", new ConvOptions(Width, 1), Activation.None);

        T Scaled(string role)
        {
            var own = op.Conv(x, $"{name}.{role}", new ConvOptions(width, 1));
            return op.Concat([own, .. Scales.Select((scale, i) =>
            {
                var gathered = op.Conv(own, $"{name}.scale_{i}.{role}.depthwise", new ConvOptions(width, scale) { Padding = scale / 2, Groups = width });
                return op.Conv(gathered, $"{name}.scale_{i}.{role}.mix", new ConvOptions(width, 1) { Groups = heads });
            })]);
        }
    }

    private T Inverted<T>(IOps<T> op, T x, string name, int expanded, int stride)
    {
        var y = Part(op, x, $"{name}.expand", new ConvOptions(expanded, 1));
        y = Part(op, y, $"{name}.depthwise", new ConvOptions(expanded, 3) { Stride = stride, Padding = 1, Groups = expanded });
        return op.ConvNorm(y, $"{name}.project", new ConvOptions(Width, 1), Activation.None);
    }

    private T Part<T>(IOps<T> op, T x, string name, ConvOptions options) => Attends
        ? op.Activate(op.Conv(x, $"{name}.conv", options with { Bias = true }), Activation.HardSwish)
        : op.ConvNorm(x, name, options, Activation.HardSwish);
}
