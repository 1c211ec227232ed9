using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx.Tests;

public sealed class TensorValuesTests
{
    [Fact]
    public void Arrays_come_back_from_raw_bytes_in_every_type()
    {
        var shape = new Shape(2);
        Assert.Equal([1.5f, -2], TensorValues.Of("t", shape, (float[])[1.5f, -2]).Floats());
        Assert.Equal([1.5f, -2], TensorValues.Of("t", shape, (System.Half[])[(System.Half)1.5f, (System.Half)(-2f)]).Floats());
        Assert.Equal([-128f, 127], TensorValues.Of("t", shape, (sbyte[])[-128, 127]).Floats());
        Assert.Equal([0L, 255], TensorValues.Of("t", shape, (byte[])[0, 255]).Longs());
        Assert.Equal([int.MinValue, 7], TensorValues.Of("t", shape, (int[])[int.MinValue, 7]).Longs());
        Assert.Equal([long.MinValue, 7], TensorValues.Of("t", shape, (long[])[long.MinValue, 7]).Longs());
    }

    [Fact]
    public void Typed_fields_are_read_as_well()
    {
        Assert.Equal([1.5f, 2], new TensorProto { DataType = (int)DataType.Float, Dims = { 2 }, FloatData = { 1.5f, 2 } }.Floats());
        Assert.Equal([1.5f], new TensorProto { DataType = (int)DataType.Float16, Dims = { 1 }, Int32Data = { 0x3e00 } }.Floats());
        Assert.Equal([1.5f], new TensorProto { DataType = (int)DataType.Bfloat16, Dims = { 1 }, Int32Data = { 0x3fc0 } }.Floats());
        Assert.Equal([2.5f], new TensorProto { DataType = (int)DataType.Double, Dims = { 1 }, DoubleData = { 2.5 } }.Floats());
        Assert.Equal([3L, -4], new TensorProto { DataType = (int)DataType.Int64, Dims = { 2 }, Int64Data = { 3, -4 } }.Longs());
        Assert.Equal([-3L], new TensorProto { DataType = (int)DataType.Int8, Dims = { 1 }, Int32Data = { -3 } }.Longs());
        Assert.Equal([5L], new TensorProto { DataType = (int)DataType.Uint32, Dims = { 1 }, Uint64Data = { 5 } }.Longs());
    }

    [Fact]
    public void A_number_has_rank_zero_and_values_must_fill_their_shape()
    {
        Assert.Equal(0, TensorValues.Scalar("s", 3).Shape().Rank);
        Assert.Equal(1, TensorValues.Scalar("s", 3).Elements());
        Assert.Throws<ArgumentException>(() => TensorValues.Of("t", new Shape(2, 2), (float[])[1, 2, 3]));
    }
}
