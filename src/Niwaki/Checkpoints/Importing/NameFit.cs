namespace Niwaki;

/// <summary>What stands between a checkpoint's names and a network's.</summary>
/// <param name="Missing">The network needs them.</param>
/// <param name="Misfits">Of another shape, in words.</param>
/// <param name="Surplus">The network has no place for them.</param>
/// <param name="Resampled">How many embeddings and tables are of another size.</param>
/// <param name="Found">How many names both have, whatever their shapes.</param>
internal sealed record NameFit(ValueList<string> Missing, ValueList<string> Misfits, ValueList<string> Surplus, int Resampled, int Found)
{
    public bool Exact => Missing.Count + Misfits.Count + Surplus.Count == 0;

    /// <summary>Zero for equal networks; sizes that can be resampled count little.</summary>
    public double Distance => Missing.Count + Misfits.Count + Surplus.Count + (Resampled / 1000.0);

    public override string ToString()
    {
        var parts = new List<string>();
        Tell(parts, Misfits, "wrong", each => each);
        Tell(parts, Missing, "missing", each => each);
        Tell(parts, Surplus, "too many", each => each);
        return string.Join("; ", parts);
    }

    private static void Tell(List<string> parts, ValueList<string> names, string what, Func<string, string> show)
    {
        if (names.Count > 0)
            parts.Add($"{names.Count} {what} ({string.Join(", ", names.Take(3).Select(show))}{(names.Count > 3 ? ", …" : string.Empty)})");
    }
}
