namespace Niwaki.Onnx;

/// <summary>What a quantization did: <c>quantization.json</c>.</summary>
/// <param name="Images">Pictures that calibrated.</param>
/// <param name="WeightBits">Bits of a weight: 8, or 7.</param>
/// <param name="Nodes">What was decided for each product, and each other node that runs in 8 bits.</param>
/// <param name="Values">The scale of each 8-bit value.</param>
public sealed record QuantizationReport(int Images, int WeightBits, ValueList<NodeDecision> Nodes, ValueList<ValueScale> Values)
{
    /// <summary>What the products compute with.</summary>
    public string Scheme { get; init; } = "8 bits";

    /// <summary>What is only simulated, such as <c>W4A8</c>; <see langword="null"/> where the file computes as it says.</summary>
    public string? Simulated { get; init; }

    /// <summary>What refinements did to the float graph.</summary>
    public ValueList<string> Refinements { get; init; } = [];

    /// <summary>What neither multiplies nor lies between 8-bit nodes: it stays as it is, in float.</summary>
    public ValueList<OperatorCount> Others { get; init; } = [];

    /// <summary>How the result follows the float graph on pictures, in a sentence; absent where it was not compared.</summary>
    public string? Compared { get; init; }

    /// <summary>A few lines for the log.</summary>
    public IEnumerable<string> Summary()
    {
        var products = Nodes.Where(node => node.Macs.Value > 0).ToArray();
        var (inside, whole) = (products.Where(node => node.Int8).Sum(node => node.Macs.Value), products.Sum(node => node.Macs.Value));
        foreach (var done in Refinements)
            yield return done;
        yield return $"{Scheme}: {products.Count(node => node.Int8)} of {products.Length} products with {(whole == 0 ? 0 : (double)inside / whole):P1} of {new Macs(whole)}, and {Nodes.Count(node => node.Int8) - products.Count(node => node.Int8)} nodes between them; calibrated on {Images} {(Images == 1 ? "image" : "images")}.";
        foreach (var reason in Nodes.Where(node => !node.Int8).GroupBy(node => node.Macs.Value > 0 && node.Reason.StartsWith("only ", StringComparison.Ordinal) ? "small" : node.Reason))
            yield return $"In float: {string.Join(", ", reason.Take(4).Select(node => node.Node))}{(reason.Count() > 4 ? $" and {reason.Count() - 4} more" : string.Empty)} ({reason.Key}).";
        if (Others.Count > 0)
            yield return $"Nothing to multiply, in float: {string.Join(", ", Others.Take(8).Select(each => $"{each.Count} {each.Op}"))}{(Others.Count > 8 ? $" and {Others.Skip(8).Sum(each => each.Count)} more nodes" : string.Empty)}.";
    }
}
