namespace Niwaki.Torch;

/// <summary>
/// The gain that BatchNorm gives a channel (network slimming, Liu et al., arXiv:1708.06519), summed where several write it; groups
/// without a BatchNorm, such as heads and neurons, by the magnitude of their weights. Needs no data; meant for networks that were trained
/// with weight decay on the gains.
/// </summary>
public sealed record ScaleImportance : Importance
{
    /// <inheritdoc/>
    protected internal override IReadOnlyList<double[]> Scores(ImportanceRequest request)
    {
        var magnitudes = new MagnitudeImportance().Scores(request);
        return [.. request.Groups.Index().Select(group => Gains(request, group.Item) ?? magnitudes[group.Index])];
    }

    private static double[]? Gains(ImportanceRequest request, ChannelGroup group)
    {
        ChannelSlice[] gains = [.. group.Slices.Where(slice => request.Graph.Parameters[slice.Parameter].Role == ParameterRole.NormWeight)];
        if (gains.Length == 0)
            return null;
        var sums = new double[group.Units];
        foreach (var slice in gains)
            slice.AddTo(sums, request.Weights[slice.Parameter], value => Math.Abs(value));
        return sums;
    }
}
