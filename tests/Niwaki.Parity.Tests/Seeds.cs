using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Parity.Tests;

/// <summary>Seeds of what is drawn at random: the same in every run, unless <c>NIWAKI_SEED</c> names the first.</summary>
internal static class Seeds
{
    /// <summary>How many are looked at: <c>NIWAKI_SAMPLES=40</c> looks longer.</summary>
    public static readonly int Samples = int.TryParse(Environment.GetEnvironmentVariable("NIWAKI_SAMPLES"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 2;

    /// <summary>So many, one after the other, from the one that follows from the name.</summary>
    public static IEnumerable<int> Of(string name, int count)
    {
        var first = Environment.GetEnvironmentVariable("NIWAKI_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : (int)(BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) >> 2);
        return Enumerable.Range(first, count);
    }
}
