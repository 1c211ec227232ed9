using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>A candidate: the float graph as it was made ready, and the same in 8 bits.</summary>
/// <param name="Exact">In float, that the plan was made for.</param>
/// <param name="Written">In 8 bits.</param>
/// <param name="Plan">What runs in 8 bits.</param>
/// <param name="Layouts">Sizes of the float graph's values.</param>
internal sealed record QuantizedGraph(ModelProto Exact, ModelProto Written, QuantizationPlan Plan, IReadOnlyDictionary<string, ValueLayout> Layouts);
