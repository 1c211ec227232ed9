namespace Niwaki.Torch;

/// <summary>
/// The size of all weights of convolutions and linear layers that make or read a unit (Li et al., arXiv:1608.08710, taken over whole
/// groups). Needs no data.
/// </summary>
public sealed record MagnitudeImportance : Importance
{
    /// <summary>Sum of absolute values (l1) or root of the sum of squares (l2).</summary>
    public WeightNorm Norm { get; init; } = WeightNorm.L2;

    /// <inheritdoc/>
    protected internal override IReadOnlyList<double[]> Scores(ImportanceRequest request) =>
    [
        .. request.Groups.Select(group =>
        {
            var sums = new double[group.Units];
            foreach (var slice in group.Slices.Where(slice => request.Graph.Parameters[slice.Parameter].Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight))
                slice.AddTo(sums, request.Weights[slice.Parameter], Norm == WeightNorm.L1 ? value => Math.Abs(value) : value => (double)value * value);
            return Norm == WeightNorm.L1 ? sums : [.. sums.Select(Math.Sqrt)];
        }),
    ];
}

/// <summary>Norms of weights.</summary>
public enum WeightNorm
{
    /// <summary>Sum of absolute values.</summary>
    L1,

    /// <summary>Root of the sum of squares.</summary>
    L2,
}
