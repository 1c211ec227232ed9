using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Pavements and verges along a road, and a bridge's shadow on the water: no class of their own.</summary>
internal struct RoadSide : IPixelPaint
{
    private readonly FlowField field;
    private readonly NoiseField wear;
    private readonly Vector3 color;
    private readonly float width;
    private readonly float strength;
    private readonly byte[] labels;
    private readonly float shadowSide;
    private readonly float shadow;

    public RoadSide(Scene scene, SceneRandom random, Road road, FlowField field, bool town)
    {
        this.field = field;
        wear = new NoiseField(NoiseTile.Clouds, 3, random);
        color = town ? random.Near(Rgb(0xa8a49b), 0.05f) : Mix(scene.Ground.Patch, Rgb(0xa39677), 0.4f);
        width = town ? random.Range(1.2f, 3) : random.Range(0.6f, 2);
        strength = town ? 0.85f : 0.5f;
        labels = scene.Canvas.Labels;
        var points = road.Path.Points;
        var direction = Vector2.Normalize(points[^1] - points[0]);
        shadowSide = -MathF.Sign((scene.Light.Direction.X * direction.Y) - (scene.Light.Direction.Y * direction.X));
        shadow = scene.Light.Shadow;
    }

    public readonly float Cover(int i, float x, float y, float texel)
    {
        var edge = field.Edge[i];
        if (edge > 5)
            return 0;
        if (labels[i] is LpcvClasses.Water or LpcvClasses.IceJam)
            return field.Across[i] * shadowSide > 0 && edge < 4 ? Math.Clamp((4 - edge) / texel, 0, 1) * 0.8f : 0;
        return Math.Clamp(0.5f - ((edge - width + ((wear.At(x, y) - 0.5f) * width * 0.8f)) / texel), 0, 1) * strength;
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under) =>
        labels[i] is LpcvClasses.Water or LpcvClasses.IceJam ? under * shadow : color * (0.85f + (0.3f * wear.At(x * 1.7f, y * 1.7f)));
}
