using System.IO.Compression;
using System.Text;

namespace Niwaki.Tests;

/// <summary>Archives that no bundle is, byte by byte.</summary>
internal static class HostileTar
{
    public static byte[] Unzipped(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static string Zip(string path, params byte[][] parts)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        foreach (var part in parts)
            gzip.Write(part);
        return path;
    }

    /// <summary>Where a file's bytes begin in an unzipped archive.</summary>
    public static int ContentOf(byte[] tar, string name)
    {
        var prefix = Encoding.ASCII.GetBytes(name + "\0");
        for (var at = 0; at < tar.Length; at += 512)
        {
            if (tar.AsSpan(at).StartsWith(prefix) && tar.AsSpan(at + 257).StartsWith("ustar"u8))
                return at + 512;
        }

        throw new ArgumentException($"There is no {name}.");
    }

    /// <summary>An entry with anything in its header.</summary>
    public static byte[] Entry(string name, byte[] content, char type = '0', string link = "", string? size = null, string prefix = "")
    {
        var block = new byte[512];
        Put(block, 0, name);
        Put(block, 100, "0000644\0");
        Put(block, 108, "0000000\0");
        Put(block, 116, "0000000\0");
        Put(block, 124, size ?? Convert.ToString(content.Length, 8).PadLeft(11, '0') + "\0");
        Put(block, 136, "00000000000\0");
        block[156] = (byte)type;
        Put(block, 157, link);
        Put(block, 257, "ustar\000");
        Put(block, 345, prefix);
        Put(block, 148, "        ");
        var sum = block.Sum(value => value);
        Put(block, 148, Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ");
        return [.. block, .. content, .. new byte[-content.Length & 511]];
    }

    public static byte[] End => new byte[1024];

    private static void Put(byte[] block, int at, string text) => Encoding.Latin1.GetBytes(text).CopyTo(block, at);
}
