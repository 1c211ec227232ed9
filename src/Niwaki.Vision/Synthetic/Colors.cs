using System.Numerics;
using System.Runtime.CompilerServices;

namespace Niwaki.Vision;

/// <summary>Small arithmetic of colours, all from 0 to 1.</summary>
internal static class Colors
{
    public static Vector3 Rgb(int hex) => new Vector3((hex >> 16) & 255, (hex >> 8) & 255, hex & 255) / 255f;

    public static Vector3 Grey(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector3 Mix(Vector3 a, Vector3 b, float share) => Vector3.Lerp(a, b, share);

    /// <summary>0 below <paramref name="from"/>, 1 above <paramref name="to"/>, soft between.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Step(float from, float to, float value)
    {
        var t = Math.Clamp((value - from) / (to - from), 0, 1);
        return t * t * (3 - (2 * t));
    }
}
