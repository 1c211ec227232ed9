using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Niwaki.Vision;

/// <summary>A square of noise that repeats without a seam, made once for all threads.</summary>
internal sealed class NoiseTile
{
    public const int Size = 512;

    /// <summary>Added to coordinates so that truncation is rounding down; a multiple of <see cref="Size"/>.</summary>
    public const float Offset = 32768;

    private readonly float[] values;

    private NoiseTile(float[] values, float texelsPerFeature)
    {
        this.values = values;
        TexelsPerFeature = texelsPerFeature;
    }

    /// <summary>Soft fractal noise, equalized: a threshold t leaves the share t below it.</summary>
    public static NoiseTile Clouds { get; } = new(Equalized(Fractal(16, 5, 0.5f, ridged: false, 11)), 32);

    /// <summary>Fractal ridges, equalized.</summary>
    public static NoiseTile Ridges { get; } = new(Equalized(Fractal(16, 4, 0.55f, ridged: true, 23)), 32);

    /// <summary>Fine grain, equalized.</summary>
    public static NoiseTile Grain { get; } = new(Equalized(Fractal(128, 2, 0.7f, ridged: false, 37)), 4);

    /// <summary>Bumps: 1 in the middle of a cell, 0 between cells.</summary>
    public static NoiseTile Bumps { get; } = new(Cells(32, 51).Bumps, 16);

    /// <summary>0 on the border between cells, growing inwards.</summary>
    public static NoiseTile Borders { get; } = new(Cells(32, 51).Borders, 16);

    /// <summary>A random number for each cell of <see cref="Bumps"/> and <see cref="Borders"/>, constant inside it.</summary>
    public static NoiseTile CellValues { get; } = new(Cells(32, 51).Values, 16);

    public float TexelsPerFeature { get; }

    /// <summary>Bilinear, in texels, for coordinates that <see cref="Offset"/> made positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(float u, float v)
    {
        var iu = (int)u;
        var iv = (int)v;
        var du = u - iu;
        var dv = v - iv;
        var row = (iv & (Size - 1)) * Size;
        var next = ((iv + 1) & (Size - 1)) * Size;
        var ju = (iu + 1) & (Size - 1);
        iu &= Size - 1;
        ref var start = ref MemoryMarshal.GetArrayDataReference(values);
        var a = Unsafe.Add(ref start, (nint)(uint)(row + iu));
        var b = Unsafe.Add(ref start, (nint)(uint)(row + ju));
        var c = Unsafe.Add(ref start, (nint)(uint)(next + iu));
        var d = Unsafe.Add(ref start, (nint)(uint)(next + ju));
        var top = a + ((b - a) * du);
        return top + ((c + ((d - c) * du) - top) * dv);
    }

    /// <summary>The nearest texel: for values that must not be mixed, and where speed counts more than smoothness.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Nearest(float u, float v) =>
        Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(values), (nint)(uint)((((int)(v + 0.5f) & (Size - 1)) * Size) + ((int)(u + 0.5f) & (Size - 1))));

    private static float[] Fractal(int lattice, int octaves, float gain, bool ridged, int seed)
    {
        var result = new float[Size * Size];
        var amplitude = 1f;
        for (var octave = 0; octave < octaves; octave++, lattice *= 2, amplitude *= gain)
        {
            var cell = Size / lattice;
            for (var y = 0; y < Size; y++)
            {
                var fy = Smooth((y % cell) / (float)cell);
                var iy = y / cell;
                for (var x = 0; x < Size; x++)
                {
                    var fx = Smooth((x % cell) / (float)cell);
                    var ix = x / cell;
                    var top = Lerp(Corner(ix, iy), Corner(ix + 1, iy), fx);
                    var low = Lerp(Corner(ix, iy + 1), Corner(ix + 1, iy + 1), fx);
                    var value = Lerp(top, low, fy);
                    result[(y * Size) + x] += amplitude * (ridged ? 1 - MathF.Abs((2 * value) - 1) : value);
                }
            }

            float Corner(int x, int y) => SceneRandom.Hash(x % lattice, y % lattice, seed + octave) * (1f / uint.MaxValue);
        }

        return result;
    }

    private static float[] Equalized(float[] values)
    {
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort((float[])values.Clone(), order);
        for (var rank = 0; rank < order.Length; rank++)
            values[order[rank]] = rank / (float)order.Length;
        return values;
    }

    private static (float[] Bumps, float[] Borders, float[] Values) Cells(int lattice, int seed)
    {
        var bumps = new float[Size * Size];
        var borders = new float[Size * Size];
        var ids = new float[Size * Size];
        var cell = (float)Size / lattice;
        var points = new (float X, float Y, float Value)[lattice * lattice];
        for (var i = 0; i < points.Length; i++)
            points[i] = (Unit(i, 0), Unit(i, 1), Unit(i, 2));
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var (first, second, value) = (9f, 9f, 0f);
                var (px, py) = (x / cell, y / cell);
                for (var cy = (int)py - 1; cy <= (int)py + 1; cy++)
                {
                    for (var cx = (int)px - 1; cx <= (int)px + 1; cx++)
                    {
                        ref var point = ref points[(((cy + lattice) % lattice) * lattice) + ((cx + lattice) % lattice)];
                        var dx = cx + point.X - px;
                        var dy = cy + point.Y - py;
                        var distance = MathF.Sqrt((dx * dx) + (dy * dy));
                        if (distance < first)
                            (first, second, value) = (distance, first, point.Value);
                        else if (distance < second)
                            second = distance;
                    }
                }

                var at = (y * Size) + x;
                bumps[at] = MathF.Max(0, 1 - (first * first * 1.6f));
                borders[at] = second - first;
                ids[at] = value;
            }
        }

        return (bumps, borders, ids);

        float Unit(int index, int what) => SceneRandom.Hash(index, what, seed) * (1f / uint.MaxValue);
    }

    private static float Smooth(float t) => t * t * (3 - (2 * t));

    private static float Lerp(float a, float b, float t) => a + ((b - a) * t);
}
