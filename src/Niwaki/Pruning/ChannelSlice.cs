namespace Niwaki;

/// <summary>Where a channel group lies in one parameter or buffer.</summary>
/// <param name="Parameter">The tensor's full name.</param>
/// <param name="Axis">The axis that follows the group.</param>
/// <param name="Units">For each index of the axis the unit of the group, or -1 where the index belongs to another group.</param>
/// <param name="Reads">Whether these weights multiply the channel (columns of the next layer) rather than make it.</param>
public sealed record ChannelSlice(string Parameter, int Axis, ValueList<int> Units, bool Reads);
