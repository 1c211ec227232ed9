namespace Niwaki;

/// <summary>One runtime of a device: what it takes, and the figures from which a latency can be predicted (a roofline).</summary>
/// <param name="Name">Short name, such as <c>tensorrt8</c>.</param>
/// <param name="Family">Who it is.</param>
/// <param name="Opset">The newest operator set it reads.</param>
/// <param name="Precisions">What it computes products in.</param>
public sealed record DeviceRuntime(string Name, RuntimeFamily Family, int Opset, ValueList<Precision> Precisions)
{
    /// <summary>The version that the limits are of.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>The oldest operator set it reads.</summary>
    public int OldestOpset { get; init; } = 7;

    /// <summary>The operators of the ONNX standard that it has; empty: all of its operator sets, but for <see cref="Refused"/>.</summary>
    public ValueList<string> Operators { get; init; } = [];

    /// <summary>Operators of the ONNX standard that it does not have, where <see cref="Operators"/> is empty.</summary>
    public ValueList<string> Refused { get; init; } = [];

    /// <summary>Domains besides the ONNX standard whose operators it has, such as <c>com.microsoft</c>.</summary>
    public ValueList<string> Domains { get; init; } = [];

    /// <summary>Where its limits are written down.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Most multiply-accumulates a second in 32-bit floats, all cores together.</summary>
    public DeviceRate? Float32 { get; init; }

    /// <summary>Most multiply-accumulates a second in 16-bit floats, all cores together.</summary>
    public DeviceRate? Float16 { get; init; }

    /// <summary>Most multiply-accumulates a second in 8-bit integers, all cores together.</summary>
    public DeviceRate? Int8 { get; init; }

    /// <summary>Most bytes a second between memory and the processor that runs the graph.</summary>
    public DeviceRate? Bandwidth { get; init; }

    /// <summary>Whether it has an operator. That its version is in one of the operator sets is not looked at.</summary>
    /// <param name="domain">Empty or <c>ai.onnx</c> for the ONNX standard.</param>
    /// <param name="name">Such as <c>LayerNormalization</c>.</param>
    public bool Has(string domain, string name) => domain is "" or "ai.onnx"
        ? Operators.Count > 0 ? Operators.Contains(name) : !Refused.Contains(name)
        : Domains.Contains(domain);

    /// <summary>The most multiply-accumulates a second in one precision; <see langword="null"/> where it has none, or none is known.</summary>
    public DeviceRate? RateOf(Precision precision) => precision switch
    {
        Precision.Float32 => Float32,
        Precision.Float16 => Float16,
        _ => Int8,
    };
}
