using System.Numerics;

namespace Niwaki.Vision;

/// <summary>Sun and sky. Flat ground in the sun has brightness 1.</summary>
internal sealed class SceneLight
{
    private readonly float ambient;
    private readonly float direct;

    public SceneLight(SceneRandom random)
    {
        var elevation = random.Range(22, 70) * MathF.PI / 180;
        Direction = random.Direction();
        var (sin, cos) = MathF.SinCos(elevation);
        Sun = new Vector3(Direction * cos, sin);
        Overcast = random.Chance(0.25f);
        ambient = Overcast ? random.Range(0.8f, 0.92f) : random.Range(0.38f, 0.55f);
        direct = (1 - ambient) / sin;
        ShadowLength = 1 / MathF.Tan(elevation);
        var warmth = Overcast ? random.Range(-0.03f, 0.02f) : random.Range(-0.01f, 0.05f) + (0.07f * (1 - sin));
        Tint = new Vector3(1 + warmth, 1, 1 - warmth);
    }

    /// <summary>Towards the sun.</summary>
    public Vector3 Sun { get; }

    /// <summary>Towards the sun on the ground, of length 1.</summary>
    public Vector2 Direction { get; }

    public bool Overcast { get; }

    /// <summary>Metres of shadow for each metre of height.</summary>
    public float ShadowLength { get; }

    /// <summary>The brightness of ground in shadow.</summary>
    public float Shadow => ambient;

    /// <summary>Multiplies the finished picture.</summary>
    public Vector3 Tint { get; }

    /// <summary>The brightness of a surface with this normal.</summary>
    public float On(Vector3 normal) => ambient + (direct * MathF.Max(0, Vector3.Dot(normal, Sun)));

    /// <summary>Where the tip of something of this height throws its shadow.</summary>
    public Vector2 ShadowOf(Vector2 foot, float height) => foot - (Direction * (MathF.Min(ShadowLength, 2.2f) * height));
}
