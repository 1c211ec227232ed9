using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Pyroclastic flows (a class) and smoke (none: what it hides keeps its label).</summary>
internal static class Clouds
{
    public static void Pyroclastic(Scene scene)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var side = new Vector2(-direction.Y, direction.X);
        var span = scene.Camera.Span;
        var half = random.Range(0.09f, 0.3f) * span;
        var end = scene.Somewhere(random, 0.15f);
        Span<Vector2> controls = stackalloc Vector2[4];
        for (var i = 0; i < 4; i++)
            controls[i] = end - (direction * (span * random.Range(0.3f, 0.45f) * (3 - i))) + (side * (random.Range(-0.08f, 0.08f) * span));
        var path = FlowPath.Smooth(controls, half * random.Range(0.5f, 1), half);
        var field = path.Measure(scene.Canvas, half);
        var color = random.Int(3) switch { 0 => Rgb(0xb9b1a8), 1 => Rgb(0x9c948d), _ => Rgb(0xa3937f) };
        color = random.Near(color, 0.05f);
        var ash = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 0.3f * span, random), random.Near(Rgb(0x8f8a84), 0.04f), half * random.Range(0.4f, 1), 0.75f);
        scene.Canvas.Paint(ref ash, -1, field);
        var shadow = FlowPath.Smooth([controls[0] - (scene.Light.Direction * half * 0.5f), controls[2] - (scene.Light.Direction * half * 0.5f), controls[3] - (scene.Light.Direction * half * 0.5f)], half, half).Measure(scene.Canvas, half);
        var shade = new ShadowPaint(shadow, half * 0.5f, (1 - scene.Light.Shadow) * 0.8f);
        scene.Canvas.Paint(ref shade, -1, shadow);
        var paint = new CloudPaint(scene, random, field, color * 1.1f, color * random.Range(0.35f, 0.55f), random.Range(0.05f, 0.13f) * span, half * 0.4f, 1, float.PositiveInfinity);
        scene.Canvas.Paint(ref paint, LpcvClasses.Pyroclastic, field);
    }

    /// <summary>Smoke that drifts from a point with the wind.</summary>
    public static void Smoke(Scene scene, SceneRandom random, Vector2 from, float width, float reach, bool black)
    {
        var side = new Vector2(-scene.Wind.Y, scene.Wind.X);
        var to = from + (scene.Wind * reach) + (side * random.Range(-0.2f, 0.2f) * reach);
        var middle = ((from + to) / 2) + (side * random.Range(-0.1f, 0.1f) * reach);
        var field = FlowPath.Smooth([from, middle, to], width * 0.5f, width * 2.2f).Measure(scene.Canvas, width * 1.2f);
        var bright = black ? Grey(random.Range(0.2f, 0.34f)) : random.Near(Grey(random.Range(0.68f, 0.88f)), 0.02f);
        var dark = black ? Grey(0.06f) : bright * 0.72f;
        var paint = new CloudPaint(scene, random, field, bright, dark, MathF.Max(2, width * 0.7f), width * 1.1f, random.Range(0.55f, 0.85f), reach * random.Range(0.3f, 0.8f));
        scene.Canvas.Paint(ref paint, -1, field);
    }
}
