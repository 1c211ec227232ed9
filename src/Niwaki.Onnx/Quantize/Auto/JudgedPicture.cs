namespace Niwaki.Onnx;

/// <summary>A picture that graphs are compared on.</summary>
/// <param name="Input">Preprocessed, [3, H, W].</param>
/// <param name="Truth">Its mask, where it has one.</param>
internal sealed record JudgedPicture(float[] Input, LabelMap? Truth);
