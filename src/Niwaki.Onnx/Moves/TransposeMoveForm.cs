namespace Niwaki.Onnx;

/// <summary>The same elements in another order of axes; one axis: the same order.</summary>
/// <param name="Split">Sizes of the source before it is moved.</param>
/// <param name="Order">Axis i of the result is axis Order[i].</param>
internal sealed record TransposeMoveForm(int[] Split, int[] Order) : MoveForm(Split);
