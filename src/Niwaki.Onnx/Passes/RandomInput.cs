using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Random values for an input of a graph: normal numbers, or small whole ones.</summary>
internal sealed class RandomInput
{
    // 1 GiB of float32: a file may claim any size
    private const long MaxElements = 1L << 28;
    private const int LargestInteger = 2;
    private const int Waves = 4;
    private const double MostPeriods = 6;

    private readonly long[] sizes;
    private readonly DataType type;
    private readonly float[] values;

    /// <summary>Draws.</summary>
    /// <param name="input">Of known sizes but for its first.</param>
    /// <param name="batch">That first size, where it is free.</param>
    /// <param name="random">Where the values come from.</param>
    /// <param name="isSmooth">Whether neighbours in a picture are alike, as in a natural one, and far from zero.</param>
    public RandomInput(ValueInfoProto input, int batch, Random random, bool isSmooth = false)
    {
        sizes = [.. input.Type.TensorType.Shape.Dim.Select((dimension, axis) => dimension.DimValue > 0 ? dimension.DimValue : batch)];
        type = (DataType)input.Type.TensorType.ElemType;
        values = new float[sizes.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = type is DataType.Float or DataType.Float16 or DataType.Double
                ? (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))
                : random.Next(LargestInteger);
        }

        if (isSmooth && type is DataType.Float or DataType.Float16 or DataType.Double && sizes.Length == 4)
            Smooth(random);
    }

    /// <summary>Whether its first size is free.</summary>
    public static bool HasFreeBatch(ValueInfoProto input) => input.Type?.TensorType?.Shape is { Dim: [{ DimValue: < 1 }, ..] };

    /// <summary>Whether values can be drawn for it.</summary>
    public static bool Fits(ValueInfoProto input) =>
        input.Type?.TensorType is { Shape: { } shape } tensor
        && (DataType)tensor.ElemType is DataType.Float or DataType.Float16 or DataType.Double or DataType.Int64 or DataType.Int32 or DataType.Uint8 or DataType.Int8 or DataType.Bool
        && shape.Dim.Skip(1).All(dimension => dimension.DimValue > 0)
        && shape.Dim.Aggregate(1.0, (product, dimension) => product * Math.Max(1, dimension.DimValue)) <= MaxElements;

    // a few waves for each plane
    private void Smooth(Random random)
    {
        var (width, plane) = ((int)sizes[3], (int)(sizes[2] * sizes[3]));
        for (var first = 0; first < values.Length; first += plane)
        {
            var waves = Enumerable.Range(0, Waves).Select(_ => (X: random.NextDouble() / width * MostPeriods, Y: random.NextDouble() / sizes[2] * MostPeriods, Phase: random.NextDouble(), Size: random.NextDouble())).ToArray();
            for (var i = 0; i < plane; i++)
                values[first + i] = (float)((values[first + i] * 0.1) + waves.Sum(wave => wave.Size * Math.Sin(2 * Math.PI * ((wave.X * (i % width)) + (wave.Y * (i / width)) + wave.Phase))));
        }
    }

    /// <summary>The values for one run.</summary>
    public OrtValue Value() => type switch
    {
        DataType.Float => OrtValue.CreateTensorValueFromMemory(values, sizes),
        DataType.Float16 => OrtValue.CreateTensorValueFromMemory((Float16[])[.. values.Select(value => (Float16)value)], sizes),
        DataType.Double => OrtValue.CreateTensorValueFromMemory((double[])[.. values.Select(value => (double)value)], sizes),
        DataType.Int64 => OrtValue.CreateTensorValueFromMemory((long[])[.. values.Select(value => (long)value)], sizes),
        DataType.Int32 => OrtValue.CreateTensorValueFromMemory((int[])[.. values.Select(value => (int)value)], sizes),
        DataType.Int8 => OrtValue.CreateTensorValueFromMemory((sbyte[])[.. values.Select(value => (sbyte)value)], sizes),
        DataType.Uint8 => OrtValue.CreateTensorValueFromMemory((byte[])[.. values.Select(value => (byte)value)], sizes),
        _ => OrtValue.CreateTensorValueFromMemory((bool[])[.. values.Select(value => value != 0)], sizes),
    };
}
