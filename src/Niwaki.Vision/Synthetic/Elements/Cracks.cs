using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Cracks, fissures and sunken ground: class cracks.</summary>
internal static class Cracks
{
    public static void Draw(Scene scene, int count)
    {
        var random = scene.Random.Fork();
        var trend = random.Direction();
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            var start = scene.Somewhere(draw, 0.1f);
            if (scene.LabelAt(start) is LpcvClasses.Water or LpcvClasses.Lava)
                continue;
            var width = draw.Scale(0.4f, 2.2f) * MathF.Max(1, scene.Camera.Span / 110);
            Branch(scene, draw, start, Vector2.Normalize((trend * (draw.Chance(0.5f) ? 1 : -1)) + (draw.Direction() * 0.5f)), draw.Range(0.3f, 0.95f) * scene.Camera.Span, width, 2);
        }
    }

    /// <summary>A hole where the ground sank.</summary>
    public static void Sinkhole(Scene scene)
    {
        var random = scene.Random.Fork();
        var center = scene.Somewhere(random, 0.15f);
        var radius = random.Scale(2.5f, 12);
        Span<Vector2> ring = stackalloc Vector2[16];
        var wall = random.Near(Rgb(0x7a6248), 0.06f);
        Span<float> rough = stackalloc float[16];
        for (var i = 0; i < 16; i++)
            rough[i] = random.Range(0.82f, 1.18f);
        for (var layer = 0; layer < 4; layer++)
        {
            var shrink = 1 - (layer * 0.17f);
            var shift = scene.Light.Direction * (-layer * 0.05f * radius);
            for (var i = 0; i < 16; i++)
            {
                var (sin, cos) = MathF.SinCos(MathF.Tau * i / 16);
                ring[i] = scene.Camera.Project(center + shift + (new Vector2(cos, sin) * radius * rough[i] * shrink), -layer * radius * 0.2f);
            }

            scene.Canvas.Fill(ring, layer == 0 ? wall * 1.15f : wall * (0.85f - (layer * 0.22f)), 1, layer == 0 ? LpcvClasses.Cracks : -1);
        }
    }

    private static void Branch(Scene scene, SceneRandom random, Vector2 at, Vector2 direction, float length, float width, int depth)
    {
        var step = MathF.Max(1, scene.Camera.Span / 60);
        var count = Math.Clamp((int)(length / step), 3, 60);
        Span<Vector2> left = stackalloc Vector2[count + 1];
        Span<Vector2> right = stackalloc Vector2[count + 1];
        var heading = direction;
        for (var i = 0; i <= count; i++)
        {
            var side = new Vector2(-heading.Y, heading.X);
            var taper = MathF.Min(1, 4f * i / count) * (1 - (i / (float)count));
            var half = width * 0.5f * MathF.Max(0.15f, taper) * random.Range(0.4f, 1.7f);
            left[i] = at + (side * half);
            right[i] = at - (side * half);
            // straight splinters at sharp angles, not bends
            heading = Vector2.Normalize((direction * 0.9f) + (random.Direction() * 0.85f));
            at += heading * step * random.Range(0.5f, 1.7f);
            if (depth > 0 && i > 1 && i < count - 2 && random.Chance(0.055f))
                Branch(scene, random.Fork(), at, Vector2.Normalize(direction + (side * (random.Chance(0.5f) ? 0.8f : -0.8f))), length * random.Range(0.15f, 0.4f), width * 0.55f, depth - 1);
        }

        Outline(scene, left, right, scene.Light.Direction * -0.35f * width, Grey(0.93f), 0.28f, -1, 0);
        Outline(scene, left, right, default, random.Near(Rgb(0x2a221c), 0.03f), 0.88f, LpcvClasses.Cracks, 0.75f * scene.Texel);
    }

    private static void Outline(Scene scene, ReadOnlySpan<Vector2> left, ReadOnlySpan<Vector2> right, Vector2 shift, Vector3 color, float alpha, int label, float least)
    {
        Span<Vector2> outline = stackalloc Vector2[left.Length * 2];
        for (var i = 0; i < left.Length; i++)
        {
            // at least as wide as a pixel, in the picture as in the label
            var half = (left[i] - right[i]) / 2;
            var grown = half * MathF.Max(1, least / MathF.Max(half.Length(), 1e-3f));
            var middle = ((left[i] + right[i]) / 2) + shift;
            outline[i] = scene.Camera.Project(middle + grown);
            outline[^(i + 1)] = scene.Camera.Project(middle - grown);
        }

        scene.Canvas.Fill(outline, color, alpha, label);
    }
}
