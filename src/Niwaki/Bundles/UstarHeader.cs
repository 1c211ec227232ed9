using System.Text;

namespace Niwaki;

/// <summary>
/// The header of one file in a tar archive (POSIX.1-1988, "ustar"), in the one form that bundles have: a plain file with a short name.
/// Links, folders, devices and the extensions that hide a second name or size are refused by what they are.
/// </summary>
/// <param name="Name">Path of at most 100 ASCII letters.</param>
/// <param name="Size">Bytes that follow, up to the next multiple of <see cref="BlockSize"/>.</param>
/// <param name="Executable">Whether it is a program.</param>
internal readonly record struct UstarHeader(string Name, long Size, bool Executable)
{
    /// <summary>Everything in a tar archive is a multiple of it.</summary>
    public const int BlockSize = 512;

    private const int ChecksumAt = 148;
    private const int ChecksumLength = 8;

    /// <summary>The block, with neither time nor owner.</summary>
    public byte[] ToBytes()
    {
        var block = new byte[BlockSize];
        if (Name.Length > BundlePath.MaxLength || Size < 0)
            throw new ArgumentException($"{Name} with {Size} bytes does not fit a tar header.");
        Encoding.ASCII.GetBytes(Name, block);
        Octal(block, 100, 8, Executable ? 0b111_101_101 : 0b110_100_100);
        Octal(block, 108, 8, 0);
        Octal(block, 116, 8, 0);
        Octal(block, 124, 12, Size);
        Octal(block, 136, 12, 0);
        block[156] = (byte)'0';
        "ustar\0"u8.CopyTo(block.AsSpan(257));
        "00"u8.CopyTo(block.AsSpan(263));
        Octal(block, ChecksumAt, 7, Checksum(block));
        block[ChecksumAt + 7] = (byte)' ';
        return block;
    }

    /// <summary>Reads a block.</summary>
    /// <param name="block">512 bytes.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">Damaged, or anything but a plain file.</exception>
    public static UstarHeader Read(ReadOnlySpan<byte> block, string where)
    {
        if (Number(block.Slice(ChecksumAt, ChecksumLength)) != Checksum(block))
            throw new StageException($"{where}: is damaged (a tar header's checksum is wrong). Copy the bundle again.");
        var name = Text(block[..100]);
        var kind = block[156];
        if (kind is not ((byte)'0' or 0))
            throw new StageException($"{where}: holds {Kind(kind)} ('{BundleManifest.Printable(name)}'). A bundle holds plain files alone, so this one is not from 'niwaki bundle': do not use it.");
        if (!block.Slice(257, 5).SequenceEqual("ustar"u8) || block[345] != 0)
            throw new StageException($"{where}: holds '{BundleManifest.Printable(name)}' in another tar format than a bundle's. It is not from 'niwaki bundle': do not use it.");
        if (BundlePath.Problem(name) is { } problem)
            throw new StageException($"{where}: holds '{BundleManifest.Printable(name)}', which {problem}. It is not from 'niwaki bundle': do not use it.");
        return Number(block.Slice(124, 12)) is { } size
            ? new UstarHeader(name, size, (Number(block.Slice(100, 8)) & 0b001_000_000) != 0)
            : throw new StageException($"{where}: the size of '{name}' is no octal number. It is not from 'niwaki bundle': do not use it.");
    }

    private static string Kind(byte kind) => (char)kind switch
    {
        '1' => "a hard link",
        '2' => "a symbolic link",
        '3' or '4' => "a device",
        '5' => "a folder entry",
        '6' => "a pipe",
        'x' or 'g' or 'L' or 'K' => "a header that replaces names or sizes",
        _ => $"an entry of type {kind}",
    };

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    private static void Octal(byte[] block, int at, int length, long value)
    {
        var digits = Convert.ToString(value, 8).PadLeft(length - 1, '0');
        if (digits.Length > length - 1)
            throw new ArgumentException($"{value} has more than {length - 1} octal digits.", nameof(value));
        Encoding.ASCII.GetBytes(digits, block.AsSpan(at));
        block[at + length - 1] = 0;
    }

    // octal digits, closed by a space or a zero; nothing else, so that there is one way to read it
    private static long? Number(ReadOnlySpan<byte> field)
    {
        var digits = field.TrimEnd((ReadOnlySpan<byte>)[0, (byte)' ']);
        long value = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7')
                return null;
            value = value * 8 + digit - '0';
        }

        return digits.Length > 0 ? value : null;
    }

    private static long Checksum(ReadOnlySpan<byte> block)
    {
        long sum = ChecksumLength * ' ';
        for (var i = 0; i < BlockSize; i++)
            sum += i is >= ChecksumAt and < ChecksumAt + ChecksumLength ? 0 : block[i];
        return sum;
    }
}
