using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>What the land is covered with.</summary>
internal sealed record GroundLook
{
    /// <summary>Colours of the ground, from hollow to height, and of patches.</summary>
    public required Vector3 Low { get; init; }

    public required Vector3 High { get; init; }

    public required Vector3 Patch { get; init; }

    /// <summary>The share of land in patches.</summary>
    public float PatchShare { get; init; } = 0.25f;

    /// <summary>How strongly the slope of the land is lit.</summary>
    public float Relief { get; init; } = 0.8f;

    /// <summary>How rough the land is close by.</summary>
    public float Roughness { get; init; } = 0.18f;

    /// <summary>The share of land under trees.</summary>
    public float Forest { get; init; }

    public Vector3 Trees { get; init; } = Rgb(0x3d5a2c);

    /// <summary>Width of one crown in metres.</summary>
    public float Crown { get; init; } = 6;

    /// <summary>The share of land under snow.</summary>
    public float Snow { get; init; }

    /// <summary>Land in fields with furrows and hedges.</summary>
    public bool Parcels { get; init; }

    public static GroundLook Meadow { get; } = new() { Low = Rgb(0x6f8a45), High = Rgb(0x8c9a58), Patch = Rgb(0xa79a6b) };

    /// <summary>One of the landscapes of the temperate, dry, or tropical world, in a season.</summary>
    public static GroundLook Choose(SceneRandom random)
    {
        var look = random.Int(7) switch
        {
            0 => new GroundLook { Low = Rgb(0x5d7a3a), High = Rgb(0x86985a), Patch = Rgb(0x9c8a63), Trees = Rgb(0x33502a) },
            1 => new GroundLook { Low = Rgb(0x8d8355), High = Rgb(0xb3a273), Patch = Rgb(0x7b7a4a), Trees = Rgb(0x4c5a33) },
            2 => new GroundLook { Low = Rgb(0x4f7034), High = Rgb(0x6d8a3d), Patch = Rgb(0x8b5e3c), Trees = Rgb(0x2a4d24) },
            3 => new GroundLook { Low = Rgb(0xb0926a), High = Rgb(0xc9b08a), Patch = Rgb(0x9b7b58), Trees = Rgb(0x5d6640), Roughness = 0.25f },
            4 => new GroundLook { Low = Rgb(0x7d7a52), High = Rgb(0x8a7a55), Patch = Rgb(0x6a4f37), Trees = Rgb(0x8a5a28) },
            5 => new GroundLook { Low = Rgb(0x6d6a5e), High = Rgb(0x8b877b), Patch = Rgb(0x5b6b45), Trees = Rgb(0x37472f), Roughness = 0.3f, Relief = 1.2f },
            _ => new GroundLook { Low = Rgb(0x66803f), High = Rgb(0x7f9350), Patch = Rgb(0x5a6e3a), Trees = Rgb(0x3f5c2d) },
        };
        return look with
        {
            Low = random.Near(look.Low, 0.07f),
            High = random.Near(look.High, 0.07f),
            Patch = random.Near(look.Patch, 0.09f),
            Trees = random.Near(look.Trees, 0.05f),
            PatchShare = random.Range(0.05f, 0.5f),
            Crown = random.Range(4.5f, 9),
        };
    }

    /// <summary>High mountains, bare or under snow.</summary>
    public static GroundLook Mountain(SceneRandom random, float snow) => new()
    {
        Low = random.Near(Rgb(0x66614f), 0.06f),
        High = random.Near(Rgb(0x8a857c), 0.06f),
        Patch = random.Near(Rgb(0x5b6444), 0.06f),
        PatchShare = 0.3f,
        Relief = random.Range(1.2f, 2),
        Roughness = 0.3f,
        Forest = random.Chance(0.6f) ? random.Range(0.1f, 0.35f) : 0,
        Trees = random.Near(Rgb(0x2c3f2c), 0.04f),
        Crown = random.Range(3.5f, 6),
        Snow = snow,
    };

    /// <summary>Old lava and ash.</summary>
    public static GroundLook Volcanic(SceneRandom random) => new()
    {
        Low = random.Near(Rgb(0x3c3835), 0.04f),
        High = random.Near(Rgb(0x59524b), 0.05f),
        Patch = random.Near(random.Chance(0.5f) ? Rgb(0x4d5a35) : Rgb(0x6e4a38), 0.06f),
        PatchShare = random.Range(0.15f, 0.5f),
        Relief = random.Range(1, 1.7f),
        Roughness = 0.4f,
        Forest = random.Chance(0.5f) ? random.Range(0.05f, 0.4f) : 0,
        Trees = random.Near(Rgb(0x324a28), 0.05f),
    };
}
