using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>What water looks like.</summary>
/// <param name="Deep">Its colour in the middle.</param>
/// <param name="Shallow">Its colour at the edge.</param>
/// <param name="Ripples">How strongly waves show.</param>
internal sealed record WaterLook(Vector3 Deep, Vector3 Shallow, float Ripples)
{
    public static WaterLook River(SceneRandom random)
    {
        var look = random.Int(5) switch
        {
            0 => new WaterLook(Rgb(0x2f4a4f), Rgb(0x5b6d5f), 0.1f),
            1 => new WaterLook(Rgb(0x3c4d33), Rgb(0x6b6f4c), 0.1f),
            2 => new WaterLook(Rgb(0x6f5f44), Rgb(0x8b7856), 0.12f),
            3 => new WaterLook(Rgb(0x34586f), Rgb(0x5f8088), 0.12f),
            _ => new WaterLook(Rgb(0x232c2d), Rgb(0x4a4d42), 0.08f),
        };
        return look.Varied(random);
    }

    public static WaterLook Flood(SceneRandom random)
    {
        var look = random.Int(4) switch
        {
            0 => new WaterLook(Rgb(0x7d6a4d), Rgb(0x94805d), 0.07f),
            1 => new WaterLook(Rgb(0x8a7f6b), Rgb(0x9a8f78), 0.06f),
            2 => new WaterLook(Rgb(0x5c6052), Rgb(0x77775f), 0.08f),
            _ => new WaterLook(Rgb(0x6a5038), Rgb(0x82684a), 0.09f),
        };
        return look.Varied(random);
    }

    public static WaterLook Sea(SceneRandom random)
    {
        var look = random.Int(3) switch
        {
            0 => new WaterLook(Rgb(0x1f4d66), Rgb(0x4f8f8f), 0.15f),
            1 => new WaterLook(Rgb(0x3b5458), Rgb(0x77857a), 0.2f),
            _ => new WaterLook(Rgb(0x28414f), Rgb(0x5f7772), 0.18f),
        };
        return look.Varied(random);
    }

    private WaterLook Varied(SceneRandom random) =>
        new(random.Near(Deep, 0.06f), random.Near(Shallow, 0.05f), Ripples * random.Range(0.4f, 1.6f));
}
