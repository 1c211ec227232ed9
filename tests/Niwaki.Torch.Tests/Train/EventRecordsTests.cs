using System.Text;

namespace Niwaki.Torch.Tests;

public sealed class EventRecordsTests
{
    [Fact]
    public void Crc_equals_the_vectors_of_rfc_3720()
    {
        Assert.Equal(0xE3069283u, Crc32C.Of("123456789"u8));
        Assert.Equal(0x8A9136AAu, Crc32C.Of(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Of(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Of(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray()));
    }

    [Fact]
    public void A_header_is_what_tensorflow_writes()
    {
        var header = EventRecords.Header();

        Assert.Equal([24, 0, 0, 0, 0, 0, 0, 0, 0xA3, 0x7F, 0x4B, 0x22], header[..12]);  // the first bytes of every event file
        Assert.Equal("brain.Event:2", Encoding.ASCII.GetString(header, 12 + 9 + 2, 13));
        Assert.Equal(12 + 24 + 4, header.Length);
    }

    [Fact]
    public void A_scalar_holds_its_step_its_name_and_its_value()
    {
        var frame = EventRecords.Scalar(new CurvePoint(300, "loss", 0.5));

        Assert.Equal(
            [
                0x09, 0, 0, 0, 0, 0, 0xC0, 0x72, 0x40,                                  // wall_time 300.0
                0x10, 0xAC, 0x02,                                                       // step 300
                0x2A, 13, 0x0A, 11,                                                     // summary { value {
                0x0A, 4, (byte)'l', (byte)'o', (byte)'s', (byte)'s',                    // tag
                0x15, 0, 0, 0, 0x3F,                                                    // simple_value 0.5
            ],
            frame[12..^4]);
        Assert.Equal(frame.Length - 16, BitConverter.ToInt64(frame, 0));
        Assert.Equal(Crc32C.Masked(frame.AsSpan()[12..^4]), BitConverter.ToUInt32(frame, frame.Length - 4));
    }
}
