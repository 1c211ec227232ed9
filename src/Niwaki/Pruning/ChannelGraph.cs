namespace Niwaki;

/// <summary>All channel groups of an architecture: see <see cref="ChannelOps.Of"/>.</summary>
/// <param name="Architecture">What was read.</param>
/// <param name="Height">Input rows it was read with.</param>
/// <param name="Width">Input columns it was read with.</param>
/// <param name="Parameters">Every parameter and buffer, by name.</param>
/// <param name="Norms">For each convolution the BatchNorm that takes its output, where one does.</param>
/// <param name="Groups">In the order of the forward; a group that cannot be cut says why.</param>
public sealed record ChannelGraph(
    Architecture Architecture,
    int Height,
    int Width,
    IReadOnlyDictionary<string, ParameterSpec> Parameters,
    IReadOnlyDictionary<string, string> Norms,
    IReadOnlyList<ChannelGroup> Groups)
{
    /// <summary>The group of that name.</summary>
    public ChannelGroup this[string name] =>
        Groups.FirstOrDefault(group => group.Name == name) ?? throw new ArgumentException($"There is no channel group '{name}'.", nameof(name));
}
