using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Water over all land that lies below a level: class water.</summary>
internal struct FloodPaint : IPixelPaint
{
    private readonly NoiseField relief;
    private readonly NoiseField detail;
    private readonly NoiseField ripple;
    private readonly NoiseField scum;
    private readonly WaterLook look;
    private readonly float level;
    private readonly float clear;
    private readonly float reflection;
    private readonly Vector3 sky;

    public FloodPaint(Scene scene, SceneRandom random, WaterLook look, float level)
    {
        this.look = look;
        this.level = level;
        relief = scene.Relief;
        detail = new NoiseField(NoiseTile.Clouds, random.Range(6, 16), random);
        ripple = new NoiseField(NoiseTile.Clouds, random.Range(0.9f, 2.2f), random, 2, MathF.Atan2(scene.Wind.Y, scene.Wind.X) + 1.57f);
        scum = new NoiseField(NoiseTile.Ridges, random.Range(9, 22), random, 1.8f, MathF.Atan2(scene.Wind.Y, scene.Wind.X));
        clear = random.Range(0.1f, 0.5f);
        reflection = random.Chance(0.5f) ? random.Range(0.2f, 0.5f) : random.Range(0.04f, 0.16f);
        sky = Rgb(0xaab4bc);
    }

    public readonly float Cover(int i, float x, float y, float texel) => Math.Clamp(0.5f + (Depth(x, y) * 30), 0, 1);

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var deep = Depth(x, y);
        var color = Mix(look.Shallow, look.Deep, Step(0, 0.25f, deep));
        color *= 1 + ((ripple.At(x, y) - 0.5f) * look.Ripples * 1.7f);
        var foam = scum.At(x, y);
        color = Mix(color, sky, reflection * (0.35f + (0.65f * Step(0.3f, 0.9f, detail.At(x * 0.3f, y * 0.3f)))));
        color = Mix(color, Rgb(0xb3a888), 0.3f * Step(0.93f, 0.99f, foam));
        return Mix(color, under * look.Shallow * 1.5f, clear * Step(0.12f, 0, deep));
    }

    private readonly float Depth(float x, float y) => level - relief.At(x, y) - ((detail.At(x, y) - 0.5f) * 0.07f);
}
