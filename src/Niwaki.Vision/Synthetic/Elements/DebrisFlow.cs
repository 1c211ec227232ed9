using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Landslides, mud flows, and fields of wreckage.</summary>
internal static class DebrisFlow
{
    /// <summary>Comes in from one side and spreads.</summary>
    public static void Slide(Scene scene, float least = 5, float most = 22)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var side = new Vector2(-direction.Y, direction.X);
        var half = random.Scale(least, most);
        var length = random.Range(0.5f, 1.1f) * scene.Camera.Span;
        var end = scene.Somewhere(random, 0.2f);
        Span<Vector2> controls = stackalloc Vector2[5];
        for (var i = 0; i < 5; i++)
            controls[i] = end - (direction * (length * (4 - i) / 4)) + (side * (random.Range(-0.09f, 0.09f) * scene.Camera.Span));
        Draw(scene, random, FlowPath.Smooth(controls, half * random.Range(0.3f, 0.8f), half * random.Range(1, 1.6f)), half);
        if (random.Chance(0.4f))
        {
            var fork = controls[2] + (direction * length * 0.4f) + (side * half * random.Range(-2.5f, 2.5f));
            Draw(scene, random, FlowPath.Smooth([controls[1], controls[2], fork], half * 0.5f, half * 0.8f), half);
        }
    }

    /// <summary>A heap where something lies broken.</summary>
    public static void Heap(Scene scene, Vector2 center, float radius)
    {
        var random = scene.Random.Fork();
        Draw(scene, random, FlowPath.Straight(center, center + (random.Direction() * radius), radius * 0.7f), radius * 0.7f);
    }

    private static void Draw(Scene scene, SceneRandom random, FlowPath path, float half)
    {
        var field = path.Measure(scene.Canvas, 12);
        var soil = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 8, random), Rgb(0x7d6a4e), random.Range(1, 4), 0.6f);
        scene.Canvas.Paint(ref soil, -1, field);
        var paint = new DebrisPaint(scene, random, field, half);
        scene.Canvas.Paint(ref paint, LpcvClasses.Debris, field);
        Wood(scene, random, path, half);
    }

    /// <summary>Trunks and planks on top.</summary>
    private static void Wood(Scene scene, SceneRandom random, FlowPath path, float half)
    {
        var points = path.Points;
        var count = random.Int(4, 18);
        for (var i = 0; i < count; i++)
        {
            var at = points[random.Int(points.Length)] + (random.Direction() * random.Next() * half * 0.8f);
            var half1 = random.Direction() * random.Range(1, 4.5f);
            var color = random.Near(random.Chance(0.5f) ? Rgb(0x4f3f2d) : Rgb(0xb09a78), 0.06f);
            var width = random.Range(0.3f, 0.6f);
            if (scene.LabelAt(at) != LpcvClasses.Debris)
                continue;
            scene.GroundLine(at - half1 - (scene.Light.Direction * 0.4f), at + half1 - (scene.Light.Direction * 0.4f), width, Grey(0.08f), 0.4f);
            scene.GroundLine(at - half1, at + half1, width, color);
        }
    }
}
