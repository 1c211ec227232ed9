namespace Niwaki.Onnx;

/// <summary>Whole rows, some perhaps not at all.</summary>
/// <param name="Split">Rows of the source and elements of a row.</param>
/// <param name="Places">The row of the source for each row of the result.</param>
internal sealed record GatherMoveForm(int[] Split, long[] Places) : MoveForm(Split);
