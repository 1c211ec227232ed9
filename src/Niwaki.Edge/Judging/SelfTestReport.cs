namespace Niwaki.Edge;

/// <summary>What a self-test found.</summary>
/// <param name="Bundle">Name and revision.</param>
/// <param name="Digest">Of the bundle.</param>
/// <param name="Machine">What it ran on.</param>
/// <param name="Engine">What ran it.</param>
/// <param name="Pictures">Golden pictures that were labelled.</param>
/// <param name="Agreement">The share of their pixels that got the label that they have in the bundle.</param>
/// <param name="Lines">A judgement for each pass mark.</param>
/// <param name="Remarks">What was not judged, and why.</param>
internal sealed record SelfTestReport(string Bundle, string Digest, string Machine, string Engine, int Pictures, double? Agreement, IReadOnlyList<VerdictLine> Lines, IReadOnlyList<string> Remarks)
{
    /// <summary>Whether every pass mark is reached.</summary>
    public bool Passed => Lines.All(line => line.Passed);
}
