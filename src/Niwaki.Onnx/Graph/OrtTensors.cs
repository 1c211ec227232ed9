using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>What ONNX Runtime gives as tensors of a graph.</summary>
internal static class OrtTensors
{
    /// <summary>A value as a constant; <see langword="null"/> where it is no tensor of numbers.</summary>
    public static TensorProto? Read(string name, OrtValue value)
    {
        if (!value.IsTensor)
            return null;
        var info = value.GetTensorTypeAndShape();
        DataType? type = info.ElementDataType switch
        {
            TensorElementType.Float => DataType.Float,
            TensorElementType.Float16 => DataType.Float16,
            TensorElementType.Double => DataType.Double,
            TensorElementType.Int64 => DataType.Int64,
            TensorElementType.Int32 => DataType.Int32,
            TensorElementType.Int8 => DataType.Int8,
            TensorElementType.UInt8 => DataType.Uint8,
            TensorElementType.Bool => DataType.Bool,
            _ => null,
        };
        if (type is null)
            return null;
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(value.GetTensorMutableRawData()) };
        tensor.Dims.AddRange(info.Shape);
        return tensor;
    }
}
