using System.Text.Json.Serialization;

namespace Niwaki.Torch;

/// <summary>
/// How much a unit changes what its readers compute, from picture to picture: the variance of the channel times the squared weights that
/// read it (after VBP, ICCV 2025). A channel that hardly varies can be held at its mean. Needs pictures, but no labels.
/// </summary>
public sealed record VarianceImportance : Importance
{
    /// <summary>Calibration pictures from the training split.</summary>
    public int Pictures { get; init; } = 64;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => true;

    /// <inheritdoc/>
    protected internal override void Validate()
    {
        if (Pictures < 1)
            throw new StageException($"prune: importance.pictures is {Pictures}, but at least 1 calibration picture is needed.");
    }

    /// <inheritdoc/>
    protected internal override void Require(Architecture architecture, StageContext context) => context.RequireData();

    /// <inheritdoc/>
    protected internal override IReadOnlyList<double[]> Scores(ImportanceRequest request)
    {
        var variances = InputStatistics.Of(request, Pictures).Variances;
        return
        [
            .. request.Groups.Select(group =>
            {
                var sums = new double[group.Units];
                foreach (var slice in group.Slices.Where(slice => slice.Reads))
                {
                    var squares = new double[slice.Units.Count];
                    (slice with { Units = [.. Enumerable.Range(0, slice.Units.Count)] }).AddTo(squares, request.Weights[slice.Parameter], value => (double)value * value);
                    var variance = variances[slice.Parameter[..slice.Parameter.LastIndexOf('.')]];
                    for (var input = 0; input < squares.Length; input++)
                    {
                        if (slice.Units[input] is >= 0 and var unit)
                            sums[unit] += squares[input] * variance[input];
                    }
                }

                return sums;
            }),
        ];
    }
}
