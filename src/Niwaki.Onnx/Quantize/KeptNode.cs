namespace Niwaki.Onnx;

/// <summary>A node that stays in float32.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record KeptNode(string Node, string Op, string Reason);
