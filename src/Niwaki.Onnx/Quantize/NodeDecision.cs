namespace Niwaki.Onnx;

/// <summary>What was decided about one node.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Int8">Whether it runs in 8 bits.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record NodeDecision(string Node, string Op, bool Int8, string Reason)
{
    /// <summary>What it runs in: 8 bits, float, or float with weights in few bits.</summary>
    public string Runs { get; init; } = Int8 ? "8 bits" : "float";

    /// <summary>Multiply-accumulates for one picture.</summary>
    public Macs Macs { get; init; }

    /// <summary>Time of its block by itself in float, where it was measured.</summary>
    public TimeSpan? FloatTime { get; init; }

    /// <summary>Time of its block by itself in 8 bits, where it was measured.</summary>
    public TimeSpan? Int8Time { get; init; }

    /// <summary>How the result follows the float graph when this node alone has 8 bits, in dB, where it was measured.</summary>
    public double? AloneSignalToNoise { get; init; }
}
