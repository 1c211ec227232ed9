namespace Niwaki.Vision.Tests;

/// <summary>Writes JPEG files that common encoders do not: any number of components, each block of one value.</summary>
internal static class TestJpeg
{
    /// <summary>An 8x8 picture of one colour.</summary>
    /// <param name="components">One value for grey, four for CMYK (stored inverted, as Adobe does).</param>
    public static byte[] Flat(params byte[] components)
    {
        var file = new List<byte> { 0xFF, 0xD8 };
        if (components.Length == 4)
            Segment(0xEE, [.. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0]);
        Segment(0xDB, [0, .. Enumerable.Repeat((byte)1, 64)]);
        Segment(0xC0, [8, 0, 8, 0, 8, (byte)components.Length, .. components.SelectMany((_, i) => new byte[] { (byte)(i + 1), 0x11, 0 })]);
        Segment(0xC4, [0x00, 0, 0, 0, 12, .. new byte[12], .. Enumerable.Range(0, 12).Select(i => (byte)i)]); // DC: a code of 4 bits for each category
        Segment(0xC4, [0x10, 1, .. new byte[15], 0]); // AC: only the end of a block, as one bit
        Segment(0xDA, [(byte)components.Length, .. components.SelectMany((_, i) => new byte[] { (byte)(i + 1), 0 }), 0, 63, 0]);
        var bits = string.Concat(components.Select(value =>
        {
            var dc = (value - 128) * 8;
            var category = dc == 0 ? 0 : (int)Math.Log2(Math.Abs(dc)) + 1;
            var digits = category == 0 ? "" : Convert.ToString(dc > 0 ? dc : dc + (1 << category) - 1, 2).PadLeft(category, '0');
            return Convert.ToString(category, 2).PadLeft(4, '0') + digits + "0";
        }));
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '1');
        for (var i = 0; i < bits.Length; i += 8)
        {
            file.Add(Convert.ToByte(bits.Substring(i, 8), 2));
            if (file[^1] == 0xFF)
                file.Add(0);
        }

        return [.. file, 0xFF, 0xD9];

        void Segment(byte marker, byte[] body) => file.AddRange([0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body]);
    }

    /// <summary>The same JPEG with an EXIF orientation, 1 to 8.</summary>
    public static byte[] Oriented(byte[] jpeg, byte orientation)
    {
        byte[] body = [.. "Exif"u8, 0, 0, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(body.Length + 2), .. body, .. jpeg.AsSpan(2)];
    }
}
