namespace Niwaki;

/// <summary>One model of a bundle.</summary>
/// <param name="File">The graph's file.</param>
/// <param name="Use">What it is there for.</param>
/// <param name="Opset">The graph's operator set.</param>
/// <param name="Build">The script that builds what the device runs of it, where that has to be built on the device.</param>
public sealed record BundleModel(string File, BundleModelUse Use, int Opset, string? Build = null);

/// <summary>What a model of a bundle is there for.</summary>
public enum BundleModelUse
{
    /// <summary>It answers, on ONNX Runtime.</summary>
    Serve,

    /// <summary>The float model that the serving one was quantized from: where both see the same frames, it tells a drift of the data from a drift of the quantization.</summary>
    Shadow,

    /// <summary>A graph in the operators of TensorRT 8, of which the device's own engine is built.</summary>
    Tensorrt,
}
