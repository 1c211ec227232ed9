namespace Niwaki.Torch;

/// <summary>Chance: the control that every other importance has to beat.</summary>
public sealed record RandomImportance : Importance
{
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double[]> Scores(ImportanceRequest request)
    {
        var random = new Random(request.Context.Seed);
        return [.. request.Groups.Select(group => (double[])[.. Enumerable.Range(0, group.Units).Select(_ => random.NextDouble())])];
    }
}
