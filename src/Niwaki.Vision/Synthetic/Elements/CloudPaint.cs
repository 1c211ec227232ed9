using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Billows along a path: smoke that thins out, or the dense cloud of a pyroclastic flow.</summary>
internal struct CloudPaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField billows;
    private readonly NoiseField puffs;
    private readonly NoiseField fine;
    private readonly Vector2 step;
    private readonly Vector3 bright;
    private readonly Vector3 dark;
    private readonly float soft;
    private readonly float density;
    private readonly float fade;
    private readonly float depth;

    /// <param name="scene">Gives the light.</param>
    /// <param name="random">Shapes it.</param>
    /// <param name="field">Where it is.</param>
    /// <param name="bright">In the sun.</param>
    /// <param name="dark">In its own shade.</param>
    /// <param name="size">Of a billow, in metres.</param>
    /// <param name="soft">Over how many metres the edge dissolves.</param>
    /// <param name="density">The most it covers.</param>
    /// <param name="fade">After how many metres it has thinned to a third.</param>
    public CloudPaint(Scene scene, SceneRandom random, FlowField field, Vector3 bright, Vector3 dark, float size, float soft, float density, float fade)
    {
        this.field = field;
        this.bright = bright;
        this.dark = dark;
        this.soft = soft;
        this.density = density;
        this.fade = fade;
        billows = new NoiseField(NoiseTile.Clouds, size * 1.6f, random);
        puffs = new NoiseField(NoiseTile.Ridges, size * 1.15f, random);
        fine = new NoiseField(NoiseTile.Clouds, size * 0.3f, random);
        step = scene.Light.Direction * (size * 0.13f);
        depth = scene.Light.Overcast ? 0.6f : 1;
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var distance = field.Edge[i];
        if (distance > soft)
            return 0;
        var edge = distance + ((billows.At(x, y) - 0.5f) * 1.6f * soft) + ((puffs.At(x, y) - 0.5f) * 0.7f * soft);
        var cover = Step(soft * 0.35f, -soft * 0.35f, edge) * density;
        return float.IsPositiveInfinity(fade) ? cover : cover * MathF.Exp(-field.Along[i] / fade) * (0.55f + (0.6f * billows.At(x * 1.4f, y * 1.4f)));
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        // the inverse of ridges: round puffs with dark creases between them
        var puff = 1 - puffs.At(x, y);
        var lit = puff - 1 + puffs.At(x + step.X, y + step.Y);
        var wide = billows.At(x, y) - billows.At(x + (step.X * 3), y + (step.Y * 3));
        return Mix(dark, bright, Math.Clamp(0.4f + (lit * 0.35f * depth) + (wide * 0.8f * depth) + ((puff - 0.4f) * 0.5f) + ((fine.At(x, y) - 0.5f) * 0.22f), 0, 1));
    }
}
