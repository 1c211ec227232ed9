using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Flames along a line: class fire.</summary>
internal struct FlamePaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField tongues;
    private readonly NoiseField clumps;
    private readonly NoiseField fine;
    private readonly float half;
    private readonly float share;

    public FlamePaint(SceneRandom random, FlowField field, float half, float share)
    {
        this.field = field;
        this.half = half;
        this.share = share;
        tongues = new NoiseField(NoiseTile.Clouds, MathF.Max(1.3f, half * 0.9f), random, 1.6f);
        clumps = new NoiseField(NoiseTile.Clouds, MathF.Max(6, half * 4), random);
        fine = new NoiseField(NoiseTile.Ridges, MathF.Max(0.9f, half * 0.5f), random);
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        if (field.Edge[i] > half)
            return 0;
        return Step(-0.08f, 0.14f, Heat(i, x, y));
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var heat = Heat(i, x, y) + ((fine.At(x, y) - 0.5f) * 0.25f);
        return heat < 0.3f
            ? Mix(Rgb(0x8c1f06), Rgb(0xf2590c), Math.Clamp(heat / 0.3f, 0, 1))
            : Mix(Rgb(0xf2590c), Rgb(0xfff0a0), Math.Clamp((heat - 0.3f) / 0.4f, 0, 1));
    }

    private readonly float Heat(int i, float x, float y) =>
        (share * 0.9f) - 0.55f + (tongues.At(x, y) * 0.7f) - (MathF.Max(-0.4f, field.Edge[i] / half) * 0.8f) - ((1 - clumps.At(x, y)) * (1.1f - share));
}
