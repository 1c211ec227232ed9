namespace Niwaki.Edge;

/// <summary>A part of a frame that the model sees at once, and the part of it whose labels are taken.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Owned">In the frame's own coordinates; the owned parts of all tiles cover the frame once.</param>
internal readonly record struct Tile(int Left, int Top, int Width, int Height, Area Owned);

/// <summary>A rectangle.</summary>
internal readonly record struct Area(int Left, int Top, int Width, int Height);
