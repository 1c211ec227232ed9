namespace Niwaki.Onnx;

/// <summary>What was decided about one node.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Int8">Whether it runs in 8 bits.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record NodeDecision(string Node, string Op, bool Int8, string Reason)
{
    /// <summary>Multiply-accumulates for one picture.</summary>
    public Macs Macs { get; init; }
}
