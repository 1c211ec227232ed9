namespace Niwaki.Vision;

/// <summary>What a model says of one picture, at the model's own output size.</summary>
/// <param name="Classes">Number of classes.</param>
/// <param name="Height">Rows of the map.</param>
/// <param name="Width">Columns of the map.</param>
/// <param name="Scores">Logits <c>[classes, height, width]</c>; empty where the graph itself takes the argmax.</param>
/// <param name="Labels">Class indices <c>[height, width]</c> where the graph itself takes the argmax; empty otherwise.</param>
public sealed record Prediction(int Classes, int Height, int Width, float[] Scores, byte[] Labels);
