namespace Niwaki;

/// <summary>
/// Which tokens are merged into which (Bolya et al., arXiv:2210.09461, section 3, and the authors' code): tokens at even places are sources,
/// those at odd places targets; the sources most like a target, by the cosine of their keys' mean over the heads, go into it.
/// </summary>
/// <param name="Heads">Heads of the keys.</param>
/// <param name="Count">Sources that are merged.</param>
public sealed record TokenMatching(int Heads, int Count)
{
    /// <summary>Whether the first token stays alone. Then those that stay keep their order; without it they come by falling likeness.</summary>
    public bool ClassToken { get; init; }

    /// <summary>Whether nothing is merged into the second token, which stays the second.</summary>
    public bool DistillationToken { get; init; }

    /// <summary>The most tokens that can be merged at once.</summary>
    /// <param name="tokens">How many there are.</param>
    /// <param name="prefix">How many of them stay alone.</param>
    public static int Most(int tokens, int prefix) => Math.Max(0, (tokens - prefix) / 2);

    /// <summary>Tokens at even places.</summary>
    public static int Sources(int tokens) => (tokens + 1) / 2;

    /// <summary>Tokens at odd places.</summary>
    public static int Targets(int tokens) => tokens / 2;

    /// <summary>Where a source comes that is not merged.</summary>
    /// <param name="place">Among those that are not.</param>
    public int RowOfKept(int place) => DistillationToken && place > 0 ? place + 1 : place;

    /// <summary>Where a target comes, with all that went into it.</summary>
    /// <param name="tokens">How many there were.</param>
    /// <param name="target">Among the targets.</param>
    public int RowOfTarget(int tokens, int target) => DistillationToken && target == 0 ? 1 : Sources(tokens) - Count + target;
}
