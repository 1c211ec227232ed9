using System.Buffers.Binary;
using System.Text;

namespace Niwaki.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    private const long Allowed = 1 << 20;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_is_written_comes_back_and_the_same_tensors_give_the_same_bytes()
    {
        SafeTensors.Write(folder.Of("a"), Small());
        SafeTensors.Write(folder.Of("b"), Small());
        Assert.Equal(File.ReadAllBytes(folder.Of("a")), File.ReadAllBytes(folder.Of("b")));
        var back = SafeTensors.Read(folder.Of("a"));
        Assert.Equal(["w", "b", "none"], back.Keys);
        Assert.Equal([1f, 2, 3, 4, 5, 6], back["w"].Values);
        Assert.Equal(new Shape(2, 3), back["w"].Shape);
        Assert.Empty(back["none"].Values);
    }

    [Theory]
    [InlineData("F16", "003c00c0")]
    [InlineData("BF16", "803f00c0")]
    [InlineData("F64", "000000000000f03f00000000000000c0")]
    [InlineData("I64", "0100000000000000feffffffffffffff")]
    [InlineData("I32", "01000000feffffff")]
    [InlineData("I16", "0100feff")]
    [InlineData("I8", "01fe")]
    public void Other_types_become_float32(string type, string hex) =>
        Assert.Equal([1f, -2f], SafeTensors.Read(Written($$"""{"x":{"dtype":"{{type}}","shape":[2],"data_offsets":[0,{{hex.Length / 2}}] } }""", Convert.FromHexString(hex)))["x"].Values);

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "overlap")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "overlap")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "hole")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "holds 8 bytes of data, but its tensors take 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "the file holds 8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "takes 12")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "where 0 is next")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "where 0 is next")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "negative dimension")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"x":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "is of type 'F8_E4M3'")]
    [InlineData("""{"x":{"dtype":"float","shape":[2],"data_offsets":[0,8]}}""", "is of type 'float'")]
    [InlineData("""{"x":{"dtype":null,"shape":[2],"data_offsets":[0,8]}}""", "is of type ''")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "lists x twice")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"x":{"shape":[2],"data_offsets":[0,8]}}""", "header")]
    [InlineData("""{"x":7}""", "header")]
    [InlineData("""[1,2]""", "header")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],""", "header")]
    public void A_header_that_lies_is_refused_with_the_file_and_the_reason(string header, string why)
    {
        var problem = Assert.Throws<StageException>(() => SafeTensors.Read(Written(header, new byte[8])));
        Assert.StartsWith(folder.Of("weights.safetensors"), problem.Message);
        Assert.Contains(why, problem.Message);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(100_000_000UL)]
    [InlineData(65UL)]
    public void A_header_length_beyond_the_file_is_refused_before_anything_is_allocated(ulong length)
    {
        var bytes = new byte[72];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        File.WriteAllBytes(folder.Of("long"), bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains($"says that its header has {length} bytes, but 64 follow", Assert.Throws<StageException>(() => SafeTensors.Read(folder.Of("long"))).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Allowed);
    }

    [Fact]
    public void Deep_nesting_is_refused() =>
        Assert.Contains("header", Assert.Throws<StageException>(() => SafeTensors.Read(Written("{\"x\":" + new string('[', 100_000), []))).Message);

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        var whole = Whole();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.Of("cut"), whole[..length]);
            Assert.Throws<StageException>(() => SafeTensors.Read(folder.Of("cut")));
        }

        File.WriteAllBytes(folder.Of("cut"), [.. whole, 0]);
        Assert.Throws<StageException>(() => SafeTensors.Read(folder.Of("cut")));
    }

    [Fact]
    public void Every_flipped_bit_and_byte_of_length_and_header_gives_a_refusal_or_a_whole_read()
    {
        var whole = Whole();
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var (read, refused) = (0, 0);
        byte[] masks = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF];
        for (var at = 0; at < data; at++)
        {
            foreach (var mask in masks)
            {
                var broken = whole.ToArray();
                broken[at] ^= mask;
                File.WriteAllBytes(folder.Of("flipped"), broken);
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Assert.All(SafeTensors.Read(folder.Of("flipped")).Values, weight => Assert.Equal(weight.Shape.Elements, weight.Values.Length));
                    read++;
                }
                catch (StageException problem)
                {
                    Assert.Contains("flipped", problem.Message);
                    refused++;
                }

                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Allowed, $"byte {at} ^ {mask} allocated too much");
            }
        }

        // names may change to other names; nothing else may
        Assert.True(read > 0 && refused > 10 * read, $"{read} read, {refused} refused");
    }

    private static Dictionary<string, Weight> Small() => new()
    {
        ["w"] = new(new Shape(2, 3), [1, 2, 3, 4, 5, 6]),
        ["b"] = new(new Shape(3), [7, 8, 9]),
        ["none"] = new(new Shape(0), []),
    };

    private byte[] Whole()
    {
        SafeTensors.Write(folder.Of("whole"), Small());
        return File.ReadAllBytes(folder.Of("whole"));
    }

    private string Written(string header, byte[] data)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, text.Length);
        File.WriteAllBytes(folder.Of("weights.safetensors"), [.. prefix, .. text, .. data]);
        return folder.Of("weights.safetensors");
    }
}
