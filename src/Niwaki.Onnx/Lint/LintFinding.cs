namespace Niwaki.Onnx;

/// <summary>Something about a graph that a device's runtime does not take, or takes badly.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="What">What was found.</param>
/// <param name="Remedy">Which command, pass or option mends it.</param>
public sealed record LintFinding(LintSeverity Severity, string What, string Remedy)
{
    /// <summary>Names of the first nodes or values that it is about.</summary>
    public ValueList<string> Where { get; init; } = [];

    /// <summary>How many there are.</summary>
    public int Count { get; init; } = 1;
}
