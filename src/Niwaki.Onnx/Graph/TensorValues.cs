using System.Runtime.InteropServices;
using Google.Protobuf;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Tensors of a graph to arrays and back. Written tensors hold raw little-endian bytes; typed fields are read too.</summary>
internal static class TensorValues
{
    /// <summary>The element type.</summary>
    public static DataType Type(this TensorProto tensor) => (DataType)tensor.DataType;

    /// <summary>Number of elements.</summary>
    public static long Elements(this TensorProto tensor) => tensor.Dims.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The dimensions.</summary>
    public static Shape Shape(this TensorProto tensor) => new(tensor.Dims.Select(size => checked((int)size)).ToArray());

    /// <summary>Every number type as float32.</summary>
    public static float[] Floats(this TensorProto tensor) => tensor.Type() switch
    {
        DataType.Float when tensor.HasRawData => Raw<float>(tensor).ToArray(),
        DataType.Float => [.. tensor.FloatData],
        DataType.Double => Each(tensor.HasRawData ? Raw<double>(tensor) : tensor.DoubleData.ToArray(), value => (float)value),
        DataType.Float16 when tensor.HasRawData => Each(Raw<System.Half>(tensor), value => (float)value),
        DataType.Float16 => [.. tensor.Int32Data.Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))],
        DataType.Bfloat16 when tensor.HasRawData => Each(Raw<ushort>(tensor), Widen),
        DataType.Bfloat16 => [.. tensor.Int32Data.Select(bits => Widen((ushort)bits))],
        _ => Each(tensor.Longs(), value => (float)value),
    };

    /// <summary>Every integer type (and bool) as int64.</summary>
    public static long[] Longs(this TensorProto tensor) => tensor.Type() switch
    {
        DataType.Int64 => tensor.HasRawData ? Raw<long>(tensor).ToArray() : [.. tensor.Int64Data],
        DataType.Uint64 => tensor.HasRawData ? Each(Raw<ulong>(tensor), value => (long)value) : [.. tensor.Uint64Data.Select(value => (long)value)],
        DataType.Uint32 => tensor.HasRawData ? Each(Raw<uint>(tensor), value => (long)value) : [.. tensor.Uint64Data.Select(value => (long)value)],
        DataType.Int32 or DataType.Int16 or DataType.Int8 or DataType.Uint16 or DataType.Uint8 or DataType.Bool when !tensor.HasRawData => [.. tensor.Int32Data.Select(value => (long)value)],
        DataType.Int32 => Each(Raw<int>(tensor), value => (long)value),
        DataType.Int16 => Each(Raw<short>(tensor), value => (long)value),
        DataType.Uint16 => Each(Raw<ushort>(tensor), value => (long)value),
        DataType.Int8 => Each(Raw<sbyte>(tensor), value => (long)value),
        DataType.Uint8 or DataType.Bool => Each(Raw<byte>(tensor), value => (long)value),
        var other => throw new ArgumentException($"{tensor.Name} is {other}, no integer.", nameof(tensor)),
    };

    /// <summary>A float32 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<float> values) => Make(name, DataType.Float, shape, values);

    /// <summary>A float16 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<System.Half> values) => Make(name, DataType.Float16, shape, values);

    /// <summary>An int8 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<sbyte> values) => Make(name, DataType.Int8, shape, values);

    /// <summary>A uint8 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<byte> values) => Make(name, DataType.Uint8, shape, values);

    /// <summary>An int32 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<int> values) => Make(name, DataType.Int32, shape, values);

    /// <summary>An int64 tensor.</summary>
    public static TensorProto Of(string name, Shape shape, ReadOnlySpan<long> values) => Make(name, DataType.Int64, shape, values);

    /// <summary>A float32 number, rank 0.</summary>
    public static TensorProto Scalar(string name, float value) => Of(name, new Shape(), [value]);

    /// <summary>A list of int64, rank 1, as shapes and axes are given.</summary>
    public static TensorProto List(string name, params ReadOnlySpan<long> values) => Of(name, new Shape(values.Length), values);

    /// <summary>Whether the bytes agree with type and shape.</summary>
    /// <exception cref="StageException">They do not.</exception>
    public static void Check(TensorProto tensor, string path)
    {
        if (tensor.Dims.Any(size => size is < 0 or > int.MaxValue))
            throw new StageException($"{path}: tensor {tensor.Name} has the shape [{string.Join(", ", tensor.Dims)}]. The file is damaged: copy or export it again.");
        if (!tensor.HasRawData || tensor.DataLocation == TensorProto.Types.DataLocation.External || SizeOf(tensor.Type()) is not { } size)
            return;
        long expected;
        try
        {
            expected = checked(size * tensor.Elements());
        }
        catch (OverflowException)
        {
            expected = long.MaxValue;
        }

        if (expected != tensor.RawData.Length)
            throw new StageException($"{path}: tensor {tensor.Name} [{string.Join(", ", tensor.Dims)}] of {tensor.Type()} takes {expected} bytes, but holds {tensor.RawData.Length}. The file is damaged: copy or export it again.");
    }

    /// <summary>Bytes of an element; <see langword="null"/> where elements are packed or have no fixed size.</summary>
    public static int? SizeOf(DataType type) => type switch
    {
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Double or DataType.Int64 or DataType.Uint64 or DataType.Complex64 => 8,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        DataType.Float8E4M3Fn or DataType.Float8E4M3Fnuz or DataType.Float8E5M2 or DataType.Float8E5M2Fnuz => 1,
        DataType.Complex128 => 16,
        _ => null,
    };

    private static ReadOnlySpan<T> Raw<T>(TensorProto tensor)
        where T : struct => MemoryMarshal.Cast<byte, T>(tensor.RawData.Span);

    private static float Widen(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static TOut[] Each<TIn, TOut>(ReadOnlySpan<TIn> values, Func<TIn, TOut> convert)
    {
        var converted = new TOut[values.Length];
        for (var i = 0; i < converted.Length; i++)
            converted[i] = convert(values[i]);
        return converted;
    }

    private static TensorProto Make<T>(string name, DataType type, Shape shape, ReadOnlySpan<T> values)
        where T : struct
    {
        if (shape.Elements != values.Length)
            throw new ArgumentException($"{name}: {values.Length} values do not fill {shape}.", nameof(values));
        var tensor = new TensorProto { Name = name, DataType = (int)type, RawData = UnsafeByteOperations.UnsafeWrap(MemoryMarshal.AsBytes(values).ToArray()) };
        tensor.Dims.AddRange(shape.Dimensions.Select(size => (long)size));
        return tensor;
    }
}
