namespace Niwaki.Onnx;

/// <summary>Shifts each bias by the mean error that 8 bits make in its channel (arXiv:1906.04721, section 4.2).</summary>
public sealed record BiasRefinement : Refinement;
