namespace Niwaki.Onnx;

/// <summary>Weights and activations in 8 bits with scales known beforehand, as QuantizeLinear and DequantizeLinear around each node.</summary>
public sealed record StaticScheme : Scheme;
