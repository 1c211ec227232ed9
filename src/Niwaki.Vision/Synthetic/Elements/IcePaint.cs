using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Floes of ice that jam a river: class ice jam. Where the river is open it stays water.</summary>
internal struct IcePaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly byte[] labels;
    private readonly NoiseField floes;
    private readonly NoiseField kinds;
    private readonly NoiseField small;
    private readonly NoiseField extent;
    private readonly NoiseField crumbs;
    private readonly float from;
    private readonly float to;
    private readonly Vector3 ice;
    private readonly Vector3 water;
    private readonly Vector2 step;
    private readonly float pack;

    public IcePaint(Scene scene, SceneRandom random, FlowField field, float from, float to)
    {
        this.field = field;
        this.from = from;
        this.to = to;
        labels = scene.Canvas.Labels;
        floes = new NoiseField(NoiseTile.Borders, random.Range(3, 8), random);
        kinds = new NoiseField(NoiseTile.CellValues, floes);
        small = new NoiseField(NoiseTile.Borders, random.Range(1.2f, 2.4f), random);
        extent = new NoiseField(NoiseTile.Clouds, random.Range(14, 30), random);
        crumbs = new NoiseField(NoiseTile.Grain, 1, random);
        ice = random.Near(Rgb(0xd3dde4), 0.035f);
        water = random.Near(Rgb(0x33413f), 0.06f);
        step = scene.Light.Direction * 0.5f;
        pack = random.Range(0.04f, 0.16f);
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        if (labels[i] is not (LpcvClasses.Water or LpcvClasses.IceJam))
            return 0;
        var along = field.Along[i] + ((extent.At(x, y) - 0.5f) * 30);
        return Math.Clamp(0.5f + (MathF.Min(along - from, to - along) / (texel * 2)), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var kind = kinds.Nearest(x, y);
        var broken = kind < 0.35f;
        var border = broken ? small.At(x, y) : floes.At(x, y);
        var gap = Step(pack * 1.7f, pack * 0.6f, border);
        var lit = broken ? border - small.At(x + step.X, y + step.Y) : border - floes.At(x + step.X, y + step.Y);
        var shade = 0.8f + (0.22f * kind) + (lit * 0.5f) + ((crumbs.At(x, y) - 0.5f) * 0.12f);
        var color = Mix(ice, Rgb(0x9fb4bd), broken ? 0.35f : kind * 0.25f) * shade;
        return Mix(color, Mix(water, ice * 0.6f, crumbs.At(x * 0.7f, y * 0.7f) * 0.7f), gap);
    }
}
