using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>A river, a lake or the sea along a line: class water.</summary>
internal struct WaterPaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly WaterLook look;
    private readonly NoiseField bank;
    private readonly NoiseField ripple;
    private readonly NoiseField streaks;
    private readonly float wobble;
    private readonly float depth;
    private readonly Vector3 sky;
    private readonly float glint;
    private readonly float foam;

    public WaterPaint(Scene scene, SceneRandom random, FlowField field, WaterLook look, float half, float angle, bool sea = false)
    {
        this.field = field;
        this.look = look;
        bank = new NoiseField(NoiseTile.Clouds, Math.Clamp(half * 0.8f, 4, 25), random);
        ripple = new NoiseField(NoiseTile.Clouds, random.Range(1.2f, 3) * (sea ? 2.5f : 1), random, 2.2f, angle + (sea ? 0 : MathF.PI / 2));
        streaks = new NoiseField(NoiseTile.Clouds, random.Range(4, 9), random, 4, angle);
        wobble = Math.Clamp(half * 0.35f, 1, 9);
        depth = Math.Clamp(half * 0.6f, 3, 30);
        sky = Rgb(0xb7c6d4);
        glint = scene.Light.Overcast ? 0.05f : random.Chance(0.3f) ? random.Range(0.1f, 0.5f) : 0.03f;
        foam = sea ? random.Range(0.4f, 0.9f) : 0;
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var edge = field.Edge[i];
        if (edge > wobble)
            return 0;
        return Math.Clamp(0.5f - ((edge + ((bank.At(x, y) - 0.5f) * 2 * wobble)) / (texel * 1.5f)), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var inside = -field.Edge[i] - ((bank.At(x, y) - 0.5f) * 2 * wobble);
        var wave = ripple.At(x, y);
        var streak = streaks.At(x, y);
        var color = Mix(look.Shallow, look.Deep, Step(0, depth, inside + ((streak - 0.5f) * depth * 0.5f)));
        color *= 1 + ((wave - 0.5f) * look.Ripples * 1.6f) + ((streak - 0.5f) * look.Ripples);
        color = Mix(color, sky, glint * Step(0.7f, 1, wave));
        if (foam > 0)
        {
            var surf = MathF.Sin((inside * 0.35f) + (streak * 5)) * 0.5f + 0.5f;
            color = Mix(color, Grey(0.9f), foam * Step(0.75f, 0.95f, surf * (0.6f + (0.6f * wave))) * Step(depth * 1.4f, 0, inside));
        }

        return color;
    }
}
