namespace Niwaki.Onnx;

/// <summary>A kind of layers that a search races as a group.</summary>
/// <param name="Title">What is done, for people.</param>
/// <param name="IsFloat">Whether they return to float.</param>
/// <param name="Nodes">The names of those that a plan has.</param>
/// <param name="Change">The options with which it is done.</param>
internal sealed record LayerKinds(string Title, bool IsFloat, Func<QuantizationPlan, IReadOnlyList<string>> Nodes, Func<Quantize, IReadOnlyList<string>, Quantize> Change)
{
    // so few channels fill no 8-bit kernel
    private const int Narrow = 16;

    /// <summary>The kinds, in the order in which they are raced.</summary>
    /// <param name="plan">Has what is in 8 bits now.</param>
    public static IReadOnlyList<LayerKinds> Of(QuantizationPlan plan)
    {
        var kinds = new List<LayerKinds>
        {
            Float("depthwise convolutions in float", product => Groups(product) > 1 && Groups(product) == product.Weight!.Dims[0]),
            Float($"convolutions of at most {Narrow} channels in float", product => Groups(product) == 1 && product.Weight!.Dims[0] <= Narrow && product.Weight.Dims[1] <= Narrow),
            Float($"products of less than {Small} in float", product => product.Node.OpType != "Conv" && product.Macs < Small),
        };
        if (Left(plan, QuantizationPlan.IsFirst).Count > 0)
            kinds.Add(new LayerKinds("the first convolution in 8 bits", false, now => Left(now, QuantizationPlan.IsFirst), (options, _) => options with { First = true }));
        if (Left(plan, QuantizationPlan.IsInside).Count > 0)
            kinds.Add(new LayerKinds("products inside attention in 8 bits", false, now => Left(now, QuantizationPlan.IsInside), (options, _) => options with { Attention = true }));
        return kinds;
    }

    // docs/int8.md: 64 x 64 x 64 gains nothing
    private static Macs Small { get; } = new(300_000);

    private static LayerKinds Float(string title, Func<Product, bool> isOne) =>
        new(title, true, plan => [.. plan.Products.Where(isOne).Select(product => product.Node.Name)], (options, nodes) => options with { Exclude = [.. options.Exclude, .. nodes.Order(StringComparer.Ordinal)] });

    private static long Groups(Product product) => product.Node.OpType == "Conv" ? product.Node.Int("group", 1) : 0;

    private static IReadOnlyList<string> Left(QuantizationPlan plan, string reason) => [.. plan.Decisions.Where(decision => !decision.Int8 && decision.Reason == reason).Select(decision => decision.Node)];
}
