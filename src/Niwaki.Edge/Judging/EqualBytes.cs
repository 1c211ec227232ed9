using System.Numerics;
using System.Runtime.Intrinsics;

namespace Niwaki.Edge;

/// <summary>Counts where two runs of bytes agree.</summary>
internal static class EqualBytes
{
    /// <summary>How many places hold the same byte.</summary>
    public static long CountEqual(this Span<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length)
            throw new ArgumentException($"{left.Length} and {right.Length} bytes cannot be compared.", nameof(right));
        long equal = 0;
        var i = 0;
        for (; i <= left.Length - Vector256<byte>.Count; i += Vector256<byte>.Count)
            equal += BitOperations.PopCount(Vector256.Equals(Vector256.Create<byte>(left[i..]), Vector256.Create(right[i..])).ExtractMostSignificantBits());
        for (; i < left.Length; i++)
            equal += left[i] == right[i] ? 1 : 0;
        return equal;
    }
}
