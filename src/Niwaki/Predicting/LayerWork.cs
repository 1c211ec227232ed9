namespace Niwaki;

/// <summary>What one node of a graph costs a machine, whatever machine that is.</summary>
/// <param name="Name">The node.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Kind">What limits it.</param>
/// <param name="Macs">Multiply-accumulates for one picture; none where it is no product.</param>
/// <param name="Moved">Bytes that it reads and writes, weights among them.</param>
public sealed record LayerWork(string Name, string Operator, WorkKind Kind, Macs Macs, Bytes Moved);
