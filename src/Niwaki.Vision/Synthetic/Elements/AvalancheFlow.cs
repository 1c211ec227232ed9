using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Avalanches: a track that ends in a fan.</summary>
internal static class AvalancheFlow
{
    public static void Draw(Scene scene)
    {
        var random = scene.Random.Fork();
        var direction = random.Direction();
        var side = new Vector2(-direction.Y, direction.X);
        var half = random.Scale(7, 30);
        var length = random.Range(0.6f, 1.3f) * scene.Camera.Span;
        var end = scene.Somewhere(random, 0.2f);
        Span<Vector2> controls = stackalloc Vector2[5];
        for (var i = 0; i < 5; i++)
            controls[i] = end - (direction * (length * (4 - i) / 4)) + (side * (random.Range(-0.06f, 0.06f) * scene.Camera.Span));
        var field = FlowPath.Smooth(controls, half * random.Range(0.3f, 0.9f), half * random.Range(1, 1.7f)).Measure(scene.Canvas, 14);
        var shadow = new BankPaint(scene.Canvas.Labels, field, new NoiseField(NoiseTile.Clouds, 9, random), Rgb(0xb4bfcf), random.Range(0.8f, 2.5f), 0.6f);
        scene.Canvas.Paint(ref shadow, -1, field);
        var paint = new AvalanchePaint(scene, random, field, half);
        scene.Canvas.Paint(ref paint, LpcvClasses.Avalanche, field);
        for (var i = random.Int(12); i > 0; i--)
        {
            var at = scene.Somewhere(random);
            var trunk = random.Direction() * random.Range(1, 3.5f);
            if (scene.LabelAt(at) == LpcvClasses.Avalanche)
                scene.GroundLine(at - trunk, at + trunk, 0.45f, Rgb(0x4a3e30), 0.9f);
        }
    }
}
