namespace Niwaki;

/// <summary>Channels that are cut together: one decision for each unit, and every weight that follows from it.</summary>
/// <param name="Name">The first layer that writes it; for heads, the attention.</param>
/// <param name="Kind">What a unit is.</param>
/// <param name="Units">How many units there are.</param>
/// <param name="UnitWidth">Channels of one unit; the head width of heads, else 1.</param>
/// <param name="Slices">Everything in the model that follows.</param>
public sealed record ChannelGroup(string Name, ChannelKind Kind, int Units, int UnitWidth, ValueList<ChannelSlice> Slices)
{
    /// <summary>Why nothing can be cut here; <see langword="null"/> where units can be cut.</summary>
    public string? Fixed { get; init; }
}
