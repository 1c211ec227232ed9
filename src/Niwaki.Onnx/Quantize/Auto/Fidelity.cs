using System.Globalization;

namespace Niwaki.Onnx;

/// <summary>How closely a changed graph follows the float graph it was made from, and the masks where there are any.</summary>
/// <param name="Images">Pictures that were compared.</param>
/// <param name="Agreement">Share of the places with the same label as in the float graph.</param>
public sealed record Fidelity(int Images, double Agreement)
{
    /// <summary>Places (pixels of the output) that were compared.</summary>
    public long Places { get; init; }

    /// <summary>Power of the float scores over the power of the difference, in dB; absent where the graph gives labels only.</summary>
    public double? SignalToNoise { get; init; }

    /// <summary>Cosine between the scores of both; absent where the graph gives labels only.</summary>
    public double? Cosine { get; init; }

    /// <summary>Mean IoU against the masks; absent without masks.</summary>
    public double? MeanIoU { get; init; }

    /// <summary>Whether this follows the float graph better than another one: by labels, and where those are about equal by the scores.</summary>
    internal bool IsBetterThan(Fidelity other)
    {
        var noise = Math.Max(0.002, 3.0 / Math.Max(1, Places));
        return Math.Abs(Agreement - other.Agreement) > noise || SignalToNoise is null ? Agreement > other.Agreement : SignalToNoise > other.SignalToNoise;
    }

    /// <summary>The drop against the float graph in points: mean IoU where there are masks, otherwise the share of labels that changed.</summary>
    internal double Drop(Fidelity exact) => 100 * (MeanIoU is { } now && exact.MeanIoU is { } before ? before - now : 1 - Agreement);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{Agreement:P2} of the labels as in float");
        if (MeanIoU is { } mean)
            text = string.Create(CultureInfo.InvariantCulture, $"mean IoU {mean:0.0000}, ") + text;
        return SignalToNoise is { } ratio ? string.Create(CultureInfo.InvariantCulture, $"{text}, {ratio:0.0} dB, cosine {Cosine:0.00000}") : text;
    }
}
