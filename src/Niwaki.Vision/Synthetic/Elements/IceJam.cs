using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>A river in winter, jammed by floes over a part of its length.</summary>
internal static class IceJam
{
    public static void Draw(Scene scene)
    {
        var random = scene.Random.Fork();
        var half = random.Scale(7, 26);
        var direction = random.Direction();
        var path = FlowPath.Across(scene.Camera, random, scene.Somewhere(random, 0.3f), direction, random.Range(0.02f, 0.12f), half, half * random.Range(0.8f, 1.3f));
        var field = path.Measure(scene.Canvas, 14);
        var bank = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 9, random), scene.Ground.Snow > 0.5f ? Rgb(0xc9d0d8) : Rgb(0x7c7462), random.Range(2, 6), 0.8f);
        scene.Canvas.Paint(ref bank, -1, field);
        var water = new WaterPaint(scene, random, field, WaterLook.River(random), half, MathF.Atan2(direction.Y, direction.X));
        scene.Canvas.Paint(ref water, LpcvClasses.Water, field);
        var middle = scene.Camera.Radius * 1.25f;
        var from = random.Chance(0.5f) ? float.NegativeInfinity : middle - (random.Range(0.05f, 0.4f) * scene.Camera.Span);
        var to = !float.IsNegativeInfinity(from) && random.Chance(0.7f) ? float.PositiveInfinity : middle + (random.Range(0.05f, 0.4f) * scene.Camera.Span);
        var ice = new IcePaint(scene, random, field, from, to);
        scene.Canvas.Paint(ref ice, LpcvClasses.IceJam, field);
        Floes(scene, random);
    }

    /// <summary>Single floes that drift in the open part: part of the jam's class where they are large.</summary>
    private static void Floes(Scene scene, SceneRandom random)
    {
        Span<Vector2> corners = stackalloc Vector2[7];
        for (var i = random.Int(4, 26); i > 0; i--)
        {
            var at = scene.Somewhere(random);
            var radius = random.Scale(0.7f, 3.2f);
            scene.Blob(corners, random, at, radius, radius * random.Range(0.5f, 1), 0.25f);
            var color = random.Near(Rgb(0xd5dee5), 0.03f);
            if (scene.LabelAt(at) == LpcvClasses.Water)
                scene.Canvas.Fill(corners, color, 1, LpcvClasses.IceJam);
        }
    }
}
