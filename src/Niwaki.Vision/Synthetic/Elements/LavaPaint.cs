using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>A flow of lava, from glowing to crusted: class lava.</summary>
internal struct LavaPaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField edge;
    private readonly NoiseField plates;
    private readonly NoiseField kinds;
    private readonly NoiseField heat;
    private readonly NoiseField rope;
    private readonly NoiseField grain;
    private readonly Vector2 step;
    private readonly float wobble;
    private readonly float half;
    private readonly float hot;
    private readonly Vector3 crust;

    public LavaPaint(Scene scene, SceneRandom random, FlowField field, float half, float hot)
    {
        this.field = field;
        this.half = half;
        this.hot = hot;
        wobble = Math.Clamp(half * 0.35f, 0.8f, 5);
        edge = new NoiseField(NoiseTile.Clouds, Math.Clamp(half * 1.8f, 7, 26), random);
        plates = new NoiseField(NoiseTile.Borders, random.Range(1.8f, 4.5f), random);
        kinds = new NoiseField(NoiseTile.CellValues, plates);
        heat = new NoiseField(NoiseTile.Clouds, random.Range(8, 20), random);
        rope = new NoiseField(NoiseTile.Ridges, random.Range(1.5f, 3.5f), random);
        grain = new NoiseField(NoiseTile.Grain, 0.9f, random);
        step = scene.Light.Direction * 0.7f;
        crust = random.Near(Rgb(0x2b2624), 0.03f);
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var distance = field.Edge[i];
        if (distance > wobble)
            return 0;
        return Math.Clamp(0.5f - ((distance + ((edge.At(x, y) - 0.5f) * 2 * wobble)) / (texel * 1.2f)), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var inside = Math.Clamp(-field.Edge[i] / half, 0, 1);
        var temperature = (inside * 0.55f) + (heat.At(x, y) * 0.75f) + hot - 0.75f;
        var ridge = rope.At(x, y);
        var lit = ridge - rope.At(x + step.X, y + step.Y);
        var color = crust * (0.75f + (0.5f * grain.At(x, y)) + (lit * 1.3f) + (0.5f * kinds.Nearest(x, y)));
        var gap = plates.At(x, y);
        var open = Step(0.24f, 0.02f, gap - (temperature * 0.35f)) * Step(-0.35f, 0.15f, temperature);
        var glow = Math.Clamp(open + Step(0.3f, 0.75f, temperature), 0, 1);
        var white = Math.Clamp((temperature * 1.3f) + (ridge * 0.35f) - 0.25f, 0, 1);
        var fire = white < 0.5f ? Mix(Rgb(0x8a1206), Rgb(0xf0480a), white * 2) : Mix(Rgb(0xf0480a), Rgb(0xffd45a), (white * 2) - 1);
        return Mix(color, fire, glow);
    }
}
