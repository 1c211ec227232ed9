using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Flames (class fire) and the smoke that comes of them.</summary>
internal static class Fires
{
    /// <summary>A front that eats into the land, with burnt ground behind it.</summary>
    public static void Front(Scene scene)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var side = new Vector2(-direction.Y, direction.X);
        var through = scene.Somewhere(random, 0.25f);
        var half = random.Scale(1.2f, 5);
        var path = FlowPath.Across(scene.Camera, random, through, direction, random.Range(0.05f, 0.18f), half, half);
        var burntHalf = random.Range(0.15f, 0.5f) * scene.Camera.Span;
        var behind = Vector2.Dot(scene.Wind, side) > 0 ? -side : side;
        var burnt = FlowPath.Across(scene.Camera, random, through + (behind * burntHalf), direction, 0.04f, burntHalf, burntHalf).Measure(scene.Canvas, 12);
        var ash = new BankPaint(scene.Canvas.Labels, burnt, new NoiseField(NoiseTile.Clouds, 12, random), random.Near(Rgb(0x2f2a27), 0.04f), 6, 0.85f);
        scene.Canvas.Paint(ref ash, -1, burnt);
        var field = path.Measure(scene.Canvas, 10);
        var paint = new FlamePaint(random, field, half, random.Range(0.35f, 0.75f));
        scene.Canvas.Paint(ref paint, LpcvClasses.Fire, field);
        var points = path.Points;
        for (var i = random.Int(2, 4); i > 0; i--)
        {
            var from = points[random.Int(points.Length)];
            if (scene.Sees(from, scene.Camera.Span * 0.15f))
                Clouds.Smoke(scene, random, from, random.Range(0.04f, 0.11f) * scene.Camera.Span, random.Range(0.4f, 1) * scene.Camera.Span, random.Chance(0.25f));
        }
    }

    /// <summary>Something that burns at one place.</summary>
    public static void Spot(Scene scene, Vector2 center, float radius, bool smoke = true)
    {
        var random = scene.Random.Fork();
        var field = FlowPath.Straight(center - (random.Direction() * radius * 0.4f), center + (random.Direction() * radius * 0.4f), radius * 0.8f).Measure(scene.Canvas, radius * 2);
        var soot = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 5, random), Rgb(0x1d1917), radius, 0.8f);
        scene.Canvas.Paint(ref soot, -1, field);
        var black = random.Chance(0.5f);
        var paint = new FlamePaint(random, field, radius, random.Range(0.6f, 0.95f));
        scene.Canvas.Paint(ref paint, LpcvClasses.Fire, field);
        if (smoke)
            Clouds.Smoke(scene, random, center + (scene.Wind * radius * 0.6f), radius * random.Range(0.7f, 1.3f), random.Range(0.3f, 0.9f) * scene.Camera.Span, black);
    }
}
