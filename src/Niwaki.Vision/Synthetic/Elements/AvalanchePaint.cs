using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Snow that came down: rougher, lumpier and greyer than the snow beside it. Class avalanche.</summary>
internal struct AvalanchePaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField edge;
    private readonly NoiseField blocks;
    private readonly NoiseField lumps;
    private readonly NoiseField streaks;
    private readonly NoiseField grain;
    private readonly Vector2 step;
    private readonly float wobble;
    private readonly float slant;
    private readonly Vector3 snow;
    private readonly Vector3 dirt;
    private readonly float dirty;

    public AvalanchePaint(Scene scene, SceneRandom random, FlowField field, float half)
    {
        this.field = field;
        wobble = Math.Clamp(half * 0.6f, 1.5f, 11);
        edge = new NoiseField(NoiseTile.Clouds, Math.Clamp(half * 0.9f, 4, 20), random);
        blocks = new NoiseField(NoiseTile.Bumps, random.Range(1.5f, 4), random);
        lumps = new NoiseField(NoiseTile.Clouds, random.Range(4, 9), random);
        streaks = new NoiseField(NoiseTile.Clouds, 3, random, 1, 0);
        grain = new NoiseField(NoiseTile.Grain, 0.9f, random);
        step = scene.Light.Direction * 0.55f;
        slant = scene.Light.Overcast ? 0.45f : 1;
        snow = random.Near(Rgb(0xdfe4ea), 0.025f);
        dirt = random.Near(Rgb(0x8f8577), 0.04f);
        dirty = random.Range(0.05f, 0.6f);
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var distance = field.Edge[i];
        if (distance > wobble)
            return 0;
        return Math.Clamp(0.5f - ((distance + ((edge.At(x, y) - 0.5f) * 2 * wobble)) / (texel * 1.4f)), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var block = blocks.At(x, y);
        var lit = block - blocks.At(x + step.X, y + step.Y);
        var lump = lumps.At(x, y);
        var wide = lump - lumps.At(x + (step.X * 3), y + (step.Y * 3));
        var streak = streaks.At(field.Along[i] * 0.12f, field.Across[i]);
        var shade = 0.82f + (lit * 0.42f * slant) + (wide * 0.5f * slant) + ((grain.At(x, y) - 0.5f) * 0.08f) + ((streak - 0.5f) * 0.12f);
        var color = Vector3.Lerp(new Vector3(0.68f, 0.76f, 0.92f), Vector3.One, Math.Clamp((shade - 0.5f) * 2.2f, 0, 1)) * snow * MathF.Max(shade, 0.35f);
        return Mix(color, dirt * shade, dirty * Step(0.55f, 0.95f, (streak * 0.6f) + (lump * 0.5f)));
    }
}
