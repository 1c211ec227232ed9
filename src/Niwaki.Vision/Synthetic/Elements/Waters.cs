using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Rivers, lakes, the sea, floods.</summary>
internal static class Waters
{
    public static void River(Scene scene, WaterLook? look = null, float least = 4, float most = 16)
    {
        var random = scene.Random.Fork();
        var half = random.Scale(least, most);
        var direction = random.Direction();
        var path = FlowPath.Across(scene.Camera, random, scene.Somewhere(random, 0.25f), direction, random.Range(0.03f, 0.16f), half, half * random.Range(0.7f, 1.3f));
        Draw(scene, random, path, look ?? WaterLook.River(random), half, MathF.Atan2(direction.Y, direction.X));
    }

    public static void Lake(Scene scene)
    {
        var random = scene.Random.Fork();
        var half = random.Scale(5, 22);
        var center = scene.Somewhere(random, 0.1f);
        var path = FlowPath.Straight(center, center + (random.Direction() * half * random.Range(0.5f, 1.5f)), half);
        Draw(scene, random, path, WaterLook.River(random), half, 0);
    }

    /// <summary>The sea on one side, with a beach.</summary>
    public static void Sea(Scene scene)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var half = scene.Camera.Radius * 2;
        var shore = (random.Direction() * 0.1f * scene.Camera.Span) + (direction * (half + (random.Range(-0.15f, 0.25f) * scene.Camera.Span)));
        var side = new Vector2(-direction.Y, direction.X);
        var path = FlowPath.Straight(shore - (side * half * 3), shore + (side * half * 3), half);
        var field = path.Measure(scene.Canvas, 60);
        var beach = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 18, random), random.Near(Rgb(0xc8b48a), 0.06f), random.Range(6, 18), 0.95f);
        scene.Canvas.Paint(ref beach, -1, field);
        var paint = new WaterPaint(scene, random, field, WaterLook.Sea(random), random.Range(20, 40), MathF.Atan2(side.Y, side.X), sea: true);
        scene.Canvas.Paint(ref paint, LpcvClasses.Water, field);
    }

    /// <summary>Water over the lowest share of the land.</summary>
    public static void Flood(Scene scene, WaterLook look, float share)
    {
        var paint = new FloodPaint(scene, scene.Random.Fork(), look, share);
        scene.Canvas.Paint(ref paint, LpcvClasses.Water);
    }

    private static void Draw(Scene scene, SceneRandom random, FlowPath path, WaterLook look, float half, float angle)
    {
        var field = path.Measure(scene.Canvas, 14);
        var color = Mix(random.Near(Rgb(0x9a8a6c), 0.06f), scene.Ground.Snow > 0.5f ? Rgb(0xd5dbe2) : scene.Ground.Low, random.Next() * 0.6f);
        var bank = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 9, random), color, random.Range(1.5f, 7), 0.85f);
        scene.Canvas.Paint(ref bank, -1, field);
        var paint = new WaterPaint(scene, random, field, look, half, angle);
        scene.Canvas.Paint(ref paint, LpcvClasses.Water, field);
    }
}
