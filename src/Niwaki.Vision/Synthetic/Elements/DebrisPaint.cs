using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Mud, debris and rocks that ran down a path: class debris.</summary>
internal struct DebrisPaint : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField edge;
    private readonly NoiseField lumps;
    private readonly NoiseField rocks;
    private readonly NoiseField kinds;
    private readonly NoiseField streaks;
    private readonly NoiseField grain;
    private readonly Vector3 mud;
    private readonly Vector3 dry;
    private readonly Vector2 step;
    private readonly float wobble;
    private readonly float rockiness;
    private readonly float slant;

    public DebrisPaint(Scene scene, SceneRandom random, FlowField field, float half)
    {
        this.field = field;
        wobble = Math.Clamp(half * 0.55f, 1.5f, 10);
        edge = new NoiseField(NoiseTile.Clouds, Math.Clamp(half, 4, 22), random);
        lumps = new NoiseField(NoiseTile.Clouds, random.Range(2, 5), random);
        rocks = new NoiseField(NoiseTile.Bumps, random.Range(1.6f, 4), random);
        kinds = new NoiseField(NoiseTile.CellValues, rocks);
        streaks = new NoiseField(NoiseTile.Clouds, 2.5f, random, 1, 0);
        grain = new NoiseField(NoiseTile.Grain, 0.8f, random);
        (mud, dry) = random.Int(4) switch
        {
            0 => (Rgb(0x6a5038), Rgb(0x927a5a)),
            1 => (Rgb(0x7a5b3d), Rgb(0xa08661)),
            2 => (Rgb(0x5d554b), Rgb(0x8a8276)),
            _ => (Rgb(0x6f6350), Rgb(0x8d7d63)),
        };
        mud = random.Near(mud, 0.05f);
        dry = random.Near(dry, 0.05f);
        step = scene.Light.Direction * 0.6f;
        rockiness = random.Range(0.2f, 0.75f);
        slant = scene.Light.Overcast ? 0.5f : 1;
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var distance = field.Edge[i];
        if (distance > wobble)
            return 0;
        return Math.Clamp(0.5f - ((distance + ((edge.At(x, y) - 0.5f) * 2 * wobble) + ((lumps.At(x, y) - 0.5f) * 1.5f)) / (texel * 1.2f)), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var streak = streaks.At(field.Along[i] * 0.18f, field.Across[i]);
        var lump = lumps.At(x, y);
        var lit = lump - lumps.At(x + step.X, y + step.Y);
        var color = Mix(mud, dry, Math.Clamp((0.6f * streak) + (0.6f * lump) - 0.1f, 0, 1));
        color *= 1 + (lit * 1.1f * slant) + ((grain.At(x, y) - 0.5f) * 0.3f);
        var kind = kinds.Nearest(x, y);
        if (kind < rockiness * 0.6f)
        {
            var rock = rocks.At(x, y);
            var slope = rock - rocks.At(x + (step.X * 0.6f), y + (step.Y * 0.6f));
            color = Mix(color, Grey(0.4f + (kind * 0.3f)) * (0.8f + (slope * 1.1f * slant)), Step(0.45f, 0.7f, rock));
            color *= 1 - (0.3f * slant * Step(0.05f, 0.4f, -slope));
        }

        // the lip of the flow casts a shadow or catches light
        return color * (1 + (0.12f * Step(-1.5f, 0, field.Edge[i])));
    }
}
