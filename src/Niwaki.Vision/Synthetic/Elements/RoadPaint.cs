using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>The surface of one road: class road. Over water it is a bridge.</summary>
internal struct RoadPaint : IPixelPaint
{
    private readonly Road road;
    private readonly FlowField field;
    private readonly NoiseField grain;
    private readonly NoiseField wear;
    private readonly Vector3 surface;
    private readonly Vector3 marking;
    private readonly float snow;
    private readonly byte[] labels;
    private readonly float wobble;
    private readonly bool dashed;

    public RoadPaint(Scene scene, SceneRandom random, Road road, FlowField field, Vector3 asphalt)
    {
        this.road = road;
        this.field = field;
        grain = new NoiseField(NoiseTile.Grain, 0.7f, random);
        wear = new NoiseField(NoiseTile.Clouds, random.Range(4, 9), random);
        labels = scene.Canvas.Labels;
        surface = road.Kind switch
        {
            RoadKind.Street => random.Near(asphalt, 0.02f),
            RoadKind.Lane => random.Near(asphalt * 1.1f, 0.04f),
            RoadKind.Dirt => random.Near(Mix(Rgb(0xa48d6a), scene.Ground.Patch, 0.35f) * 1.08f, 0.05f),
            _ => random.Near(Rgb(0x6f665c), 0.03f),
        };
        marking = random.Chance(0.75f) ? Grey(0.86f) : Rgb(0xd8b13c);
        snow = scene.Ground.Snow > 0.6f ? random.Range(0.1f, 0.65f) : 0;
        wobble = road.Kind switch { RoadKind.Street => 0.15f, RoadKind.Lane => 0.5f, RoadKind.Dirt => 1.2f, _ => 0.3f };
        dashed = random.Chance(0.7f);
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var edge = field.Edge[i];
        if (edge > 2 * wobble)
            return 0;
        return Math.Clamp(0.5f - ((edge + ((wear.At(x, y) - 0.5f) * wobble)) / texel), 0, 1);
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var across = field.Across[i];
        var along = field.Along[i];
        var worn = wear.At(x, y);
        var color = surface * (0.86f + (0.16f * worn) + (0.14f * grain.At(x, y)));
        switch (road.Kind)
        {
            case RoadKind.Street:
                color *= 1 - (0.07f * MathF.Cos(across * MathF.Tau / 1.75f));
                if (snow > 0)
                    break;
                var center = Stripe(across, 0, 0.16f, texel);
                if (dashed)
                    center *= MathF.Abs((along / 9) - MathF.Floor(along / 9) - 0.5f) < 0.25f ? 1 : 0;
                var sides = MathF.Max(Stripe(across, road.Half - 0.5f, 0.13f, texel), Stripe(across, 0.5f - road.Half, 0.13f, texel));
                color = Mix(color, marking, MathF.Max(center, sides * 0.8f) * (0.45f + (0.5f * worn)));
                break;
            case RoadKind.Dirt:
                color *= 1 - (0.14f * Stripe(MathF.Abs(across), 0.9f, 0.7f, texel));
                break;
            case RoadKind.Railway:
                color *= 0.8f + (0.4f * grain.At(x * 1.7f, y * 1.7f));
                var track = MathF.Abs(across);
                var tie = Math.Clamp(1.3f - texel, 0, 1) * (MathF.Sin(along * MathF.Tau / 0.9f) > 0.1f ? 0.3f : 0);
                if (track < 1.3f)
                    color *= 0.88f - tie;
                color = Mix(color, Rgb(0xb9b2a8), Stripe(track, 0.75f, 0.16f, texel));
                break;
            default:
                break;
        }

        if (snow > 0)
        {
            var swept = MathF.Abs(MathF.Abs(across) - (road.Half * 0.45f)) < road.Half * 0.22f ? 0.3f : 1;
            color = Mix(color, Rgb(0xdde3ea), Math.Clamp(snow * swept * (0.6f + (0.8f * worn)), 0, 0.9f));
        }

        if (labels[i] == LpcvClasses.Water || labels[i] == LpcvClasses.IceJam)
            color = Mix(color, Grey(0.72f), MathF.Max(Stripe(across, road.Half - 0.2f, 0.45f, texel), Stripe(across, 0.2f - road.Half, 0.45f, texel)));
        return color;
    }

    private static float Stripe(float across, float at, float width, float texel) =>
        Math.Clamp((((width / 2) - MathF.Abs(across - at)) / texel) + 0.5f, 0, 1) * MathF.Min(1, 0.25f + (width / texel));
}
