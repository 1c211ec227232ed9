using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>What looks like a class and is none: paths and ditches, yards, blue sheets, ploughed strips, orange tarpaulins.</summary>
internal static class Distractors
{
    public static void Draw(Scene scene, int count)
    {
        var random = scene.Random.Fork();
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            var at = scene.Somewhere(draw, 0.05f);
            var axis = draw.Direction();
            var kind = draw.Int(6);
            if (scene.LabelAt(at) != LpcvClasses.Background)
                continue;
            switch (kind)
            {
                case 0:
                    Trail(scene, draw, at, axis, draw.Near(Rgb(0x9c8a68), 0.06f), draw.Range(0.5f, 1.2f));
                    break;
                case 1:
                    Trail(scene, draw, at, axis, Rgb(0x2f3326), draw.Range(0.4f, 1));
                    break;
                case 2:
                    scene.Slab(at, axis, draw.Range(4, 11), draw.Range(3, 7), 0, draw.Near(Rgb(0x9a968e), 0.07f), 0.9f, LpcvClasses.Background);
                    break;
                case 3:
                    scene.Slab(at, axis, draw.Range(1.2f, 3), draw.Range(1, 2), 0.2f, draw.Near(draw.Chance(0.5f) ? Rgb(0x2f6fb5) : Rgb(0xe0701e), 0.05f), 0.95f, LpcvClasses.Background);
                    break;
                case 4:
                    scene.Slab(at, axis, draw.Range(3, 10), draw.Range(2, 6), 0, draw.Near(Rgb(0x6b5138), 0.06f), 0.8f, LpcvClasses.Background);
                    break;
                default:
                    Stones(scene, draw, at);
                    break;
            }
        }
    }

    private static void Trail(Scene scene, SceneRandom random, Vector2 at, Vector2 axis, Vector3 color, float width)
    {
        var step = random.Range(0.07f, 0.14f) * scene.Camera.Span;
        Span<Vector2> points = stackalloc Vector2[7];
        for (var i = 0; i < points.Length; i++)
        {
            points[i] = scene.Camera.Project(at);
            axis = Vector2.Normalize(axis + (random.Direction() * 0.22f));
            at += axis * step;
            if (scene.LabelAt(at) != LpcvClasses.Background)
            {
                points = points[..(i + 1)];
                break;
            }
        }

        if (points.Length > 1)
            scene.Canvas.Line(points, width / scene.Texel, color, 0.75f);
    }

    private static void Stones(Scene scene, SceneRandom random, Vector2 at)
    {
        Span<Vector2> corners = stackalloc Vector2[7];
        for (var i = random.Int(2, 6); i > 0; i--)
        {
            var center = at + (random.Direction() * random.Range(0, 5));
            var radius = random.Scale(0.5f, 1.8f);
            var color = random.Near(Rgb(0x8a857c), 0.07f);
            scene.Blob(corners, random, center - (scene.Light.Direction * radius * 0.5f), radius, radius, 0.2f);
            scene.Canvas.Fill(corners, Grey(0.05f), 0.4f);
            scene.Blob(corners, random, center, radius, radius * 0.8f, 0.25f);
            scene.Canvas.Fill(corners, color);
        }
    }
}
