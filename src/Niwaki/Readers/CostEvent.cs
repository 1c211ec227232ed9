namespace Niwaki;

/// <summary>One operation of a forward as the cost reader sees it; results are numbered.</summary>
/// <param name="Name">The line it is reported under; null if it has none of its own.</param>
/// <param name="Reads">Results that it reads.</param>
/// <param name="Writes">The result that it writes, or <see cref="Nothing"/>.</param>
/// <param name="Macs">Multiply-accumulates.</param>
/// <param name="Scratch">Bytes that it holds while it runs, beside what it reads and writes.</param>
/// <param name="InPlace">Whether it writes over what it reads, if nobody reads that later.</param>
internal sealed record CostEvent(string? Name, int[] Reads, int Writes, long Macs, long Scratch, bool InPlace)
{
    public const int Nothing = -1;

    /// <summary>Bytes of the result.</summary>
    public long Made(IReadOnlyList<long> sizes) => Writes == Nothing ? 0 : sizes[Writes];
}
