namespace Niwaki;

/// <summary>One class of a dataset. Its index is its place in the list of classes.</summary>
/// <param name="Name">As people call it.</param>
/// <param name="Color">For overlays and reports, <c>#rrggbb</c>.</param>
public sealed record ClassInfo(string Name, string Color);
