namespace Niwaki.Onnx;

/// <summary>How much a finding matters.</summary>
public enum LintSeverity
{
    /// <summary>The runtime does not take the graph, or the graph does not fit.</summary>
    Problem,

    /// <summary>It runs, but not as it should.</summary>
    Warning,

    /// <summary>Worth knowing.</summary>
    Note,
}
