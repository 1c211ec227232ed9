using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Niwaki.Onnx;

/// <summary>Which of several outputs is the segmentation: scores by class and place, before labels, before scores of whole pictures; the first of its kind.</summary>
internal static class MainOutput
{
    /// <summary>The entry of an ONNX file's metadata that names it, where the kinds alone would say another one.</summary>
    public const string MetadataKey = "niwaki.output";

    /// <summary>Of all outputs of a loaded graph.</summary>
    public static string Of(InferenceSession session) =>
        session.OutputNames.Count > 1 && session.ModelMetadata.CustomMetadataMap.TryGetValue(MetadataKey, out var said) && session.OutputNames.Contains(said) ? said : Of(session, session.OutputNames);

    /// <summary>Of some outputs.</summary>
    public static string Of(InferenceSession session, IEnumerable<string> names) => names.MinBy(name => Rank(session.OutputMetadata[name]))!;

    private static int Rank(NodeMetadata output)
    {
        if (output.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
            return 9;
        var isFloat = output.ElementDataType is TensorElementType.Float or TensorElementType.Float16;
        var isLabel = output.ElementDataType is TensorElementType.UInt8 or TensorElementType.Int32 or TensorElementType.Int64;
        return (isFloat, isLabel, output.Dimensions) switch
        {
            (true, _, [_, not 1, _, _]) => 0,
            (_, true, [_, _, _] or [_, _, _, _]) => 1,
            (true, _, [_, _, _, _]) => 2,
            (true, _, []) => 3,
            (true, _, [_, _]) => 4,
            _ => 8,
        };
    }
}
