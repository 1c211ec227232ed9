namespace Niwaki.Onnx;

/// <summary>What an exported graph is written for: which operators it may hold.</summary>
public enum ExportTarget
{
    /// <summary>Any runtime: operators of the ONNX standard alone.</summary>
    Portable,

    /// <summary>ONNX Runtime: its own operators as well, where they were measured to be faster.</summary>
    Onnxruntime,

    /// <summary>TensorRT 8.2, the last one of the Jetson Nano: opset 13 and basic operators, without LayerNormalization, scatter and 8-bit outputs.</summary>
    Tensorrt8,
}
