namespace Niwaki;

/// <summary>A budget's judgement.</summary>
/// <param name="Lines">One for each limit that was set.</param>
public sealed record Verdict(IReadOnlyList<VerdictLine> Lines)
{
    /// <summary>Whether every limit holds.</summary>
    public bool Passed => Lines.All(line => line.Passed);
}

/// <summary>One limit.</summary>
/// <param name="What">The figure.</param>
/// <param name="Limit">The relation and the limit, with its unit.</param>
/// <param name="Value">What was measured, or that it was not.</param>
/// <param name="Passed">Whether it holds. A limit whose figure was not measured does not.</param>
public sealed record VerdictLine(string What, string Limit, string Value, bool Passed);
