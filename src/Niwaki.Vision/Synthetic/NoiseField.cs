using System.Numerics;
using System.Runtime.CompilerServices;

namespace Niwaki.Vision;

/// <summary>A noise tile laid over the world: scaled, turned and shifted at random.</summary>
internal readonly struct NoiseField
{
    private readonly NoiseTile tile;
    private readonly float ax;
    private readonly float ay;
    private readonly float bx;
    private readonly float by;
    private readonly float u;
    private readonly float v;

    /// <param name="tile">The noise.</param>
    /// <param name="feature">How large one feature is in the world, in metres.</param>
    /// <param name="random">Turns and shifts it.</param>
    /// <param name="stretch">How much longer features are along the first axis.</param>
    /// <param name="angle">The first axis; random without it.</param>
    public NoiseField(NoiseTile tile, float feature, SceneRandom random, float stretch = 1, float? angle = null)
    {
        this.tile = tile;
        var scale = tile.TexelsPerFeature / feature;
        var (sin, cos) = MathF.SinCos(angle ?? (random.Next() * MathF.Tau));
        ax = cos * scale / stretch;
        ay = sin * scale / stretch;
        bx = -sin * scale;
        by = cos * scale;
        u = NoiseTile.Offset + random.Range(0, NoiseTile.Size);
        v = NoiseTile.Offset + random.Range(0, NoiseTile.Size);
    }

    /// <summary>A field that shares another's place: for the different aspects of the same cells.</summary>
    public NoiseField(NoiseTile tile, NoiseField like)
    {
        this = like;
        this.tile = tile;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float At(float x, float y) => tile.At((ax * x) + (ay * y) + u, (bx * x) + (by * y) + v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Nearest(float x, float y) => tile.Nearest((ax * x) + (ay * y) + u, (bx * x) + (by * y) + v);

    /// <summary>The light that falls on a surface with this noise as its height: positive towards the sun.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Slope(float x, float y, Vector2 step) => At(x, y) - At(x + step.X, y + step.Y);
}
