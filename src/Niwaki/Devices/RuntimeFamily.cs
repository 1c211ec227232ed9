namespace Niwaki;

/// <summary>Who runs a graph on a device.</summary>
public enum RuntimeFamily
{
    /// <summary>ONNX Runtime on the processor's cores: it takes the ONNX file itself.</summary>
    Onnxruntime,

    /// <summary>NVIDIA TensorRT on the GPU: an engine is built from the ONNX file on the device.</summary>
    Tensorrt,
}
