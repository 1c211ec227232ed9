using System.Numerics;

namespace Niwaki.Vision;

/// <summary>Random numbers of a scene (SplitMix64): the same on every machine and in every version of .NET.</summary>
internal sealed class SceneRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>A stream of its own for each combination of the parts.</summary>
    public static SceneRandom Of(params ReadOnlySpan<int> parts)
    {
        var mixed = 0x6E6977616B69UL;
        foreach (var part in parts)
            mixed = Mix(mixed + 0x9E3779B97F4A7C15UL + (uint)part);
        return new SceneRandom(mixed);
    }

    /// <summary>A number that belongs to a cell of a grid.</summary>
    public static uint Hash(int a, int b, int c = 0) => (uint)(Mix(((ulong)(uint)a << 32 | (uint)b) + (ulong)(uint)c * 0x9E3779B97F4A7C15UL) >> 32);

    /// <summary>A stream of its own, so that what one part draws does not shift the next.</summary>
    public SceneRandom Fork() => new(Bits());

    public ulong Bits() => Mix(state += 0x9E3779B97F4A7C15UL);

    /// <summary>From 0 to below 1.</summary>
    public float Next() => (Bits() >> 40) * (1f / (1 << 24));

    public float Range(float from, float to) => from + ((to - from) * Next());

    /// <summary>As many small values as large ones: for sizes.</summary>
    public float Scale(float from, float to) => from * MathF.Pow(to / from, Next());

    public int Int(int count) => (int)(Next() * count);

    public int Int(int from, int to) => from + Int(to - from + 1);

    public bool Chance(float probability) => Next() < probability;

    /// <summary>Bell-shaped with mean 0 and standard deviation 1 (sum of uniforms).</summary>
    public float Normal() => (Next() + Next() + Next() + Next() - 2) * 1.7320508f;

    public T Pick<T>(ReadOnlySpan<T> items) => items[Int(items.Length)];

    public Vector2 Direction()
    {
        var (sin, cos) = MathF.SinCos(Next() * MathF.Tau);
        return new Vector2(cos, sin);
    }

    /// <summary>A colour near another: brightness by twice the amount, hue by the amount.</summary>
    public Vector3 Near(Vector3 color, float amount)
    {
        var brightness = 1 + (amount * 2 * (Next() - 0.5f) * 2);
        var tint = new Vector3(Next() - 0.5f, Next() - 0.5f, Next() - 0.5f) * amount;
        return Vector3.Clamp((color * brightness) + tint, Vector3.Zero, Vector3.One);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
