using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Niwaki;

/// <summary>
/// ECDSA on P-256 whose nonce follows from key and message: RFC 6979, section 3.2. The multiplication on the curve is the system's own
/// (the public key that belongs to the nonce); what remains is arithmetic modulo the order of the curve.
/// </summary>
/// <remarks>That arithmetic takes a time that depends on its numbers: it is for signing on one's own machine and not for answering strangers.</remarks>
internal static class DeterministicEcdsa
{
    private const int Size = 32;

    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Signs a SHA-256.</summary>
    /// <param name="secret">The private number, 32 bytes, most significant first.</param>
    /// <param name="hash">32 bytes.</param>
    /// <returns>DER: a sequence of r and s.</returns>
    public static byte[] Sign(byte[] secret, byte[] hash)
    {
        var (d, z) = (Number(secret), Number(hash) % Order);
        foreach (var nonce in Nonces(secret, Bytes(z)))
        {
            var r = Number(PublicX(nonce)) % Order;
            // the order is a prime: the inverse is the power of order - 2
            var s = BigInteger.ModPow(Number(nonce), Order - 2, Order) * (z + r * d) % Order;
            if (r.IsZero || s.IsZero)
                continue;
            var der = new AsnWriter(AsnEncodingRules.DER);
            using (der.PushSequence())
            {
                der.WriteInteger(r);
                der.WriteInteger(s);
            }

            return der.Encode();
        }

        throw new InvalidOperationException("Nonces do not end.");
    }

    private static IEnumerable<byte[]> Nonces(byte[] secret, byte[] reduced)
    {
        var (k, v) = (new byte[Size], Enumerable.Repeat((byte)1, Size).ToArray());
        foreach (byte step in (ReadOnlySpan<byte>)[0, 1])
        {
            k = HMACSHA256.HashData(k, (byte[])[.. v, step, .. secret, .. reduced]);
            v = HMACSHA256.HashData(k, v);
        }

        while (true)
        {
            v = HMACSHA256.HashData(k, v);
            if (Number(v) is var candidate && candidate > 0 && candidate < Order)
                yield return v;
            k = HMACSHA256.HashData(k, (byte[])[.. v, 0]);
            v = HMACSHA256.HashData(k, v);
        }
    }

    private static byte[] PublicX(byte[] number)
    {
        using var pair = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = number });
        return pair.ExportParameters(includePrivateParameters: false).Q.X!;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number)
    {
        var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[Size - bytes.Length], .. bytes];
    }
}
