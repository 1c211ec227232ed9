using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Lava that runs down a slope, in branches.</summary>
internal static class LavaFlow
{
    public static void Draw(Scene scene)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var half = random.Scale(2.5f, 16);
        var hot = random.Range(0.15f, 0.75f);
        var path = FlowPath.Across(scene.Camera, random, scene.Somewhere(random, 0.2f), direction, random.Range(0.03f, 0.12f), half * random.Range(0.6f, 1), half * random.Range(0.9f, 1.5f));
        Draw(scene, random, path, half, hot);
        for (var branch = random.Int(3); branch > 0; branch--)
        {
            var from = path.Points[random.Int(path.Points.Length)];
            var side = new Vector2(-direction.Y, direction.X) * (random.Chance(0.5f) ? 1 : -1);
            var length = random.Range(0.2f, 0.6f) * scene.Camera.Span;
            Draw(scene, random, FlowPath.Smooth([from, from + ((direction + (side * 0.6f)) * length * 0.5f), from + ((direction + side) * length * 0.8f)], half * 0.5f, half * random.Range(0.3f, 0.8f)), half * 0.6f, hot);
        }
    }

    private static void Draw(Scene scene, SceneRandom random, FlowPath path, float half, float hot)
    {
        var field = path.Measure(scene.Canvas, 12);
        var scorched = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 6, random), Rgb(0x2c2723), random.Range(1, 6), 0.75f);
        scene.Canvas.Paint(ref scorched, -1, field);
        var paint = new LavaPaint(scene, random, field, half, hot);
        scene.Canvas.Paint(ref paint, LpcvClasses.Lava, field);
    }
}
