namespace Niwaki;

/// <summary>A value that is read over: plain data that no weight needs, such as a training's options. Nothing of it is ever made.</summary>
/// <param name="Name">Its type in Python.</param>
internal sealed record PickleInert(string Name);
