using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Single trees and bushes: no class of their own, but they hide what is below.</summary>
internal static class Trees
{
    public static void Draw(Scene scene, int count, bool burnt = false)
    {
        var random = scene.Random.Fork();
        var leaf = scene.Ground.Trees;
        Span<Vector2> crown = stackalloc Vector2[9];
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            var at = scene.Somewhere(draw);
            var radius = draw.Scale(1.2f, 4.5f);
            var height = radius * draw.Range(1.4f, 2.4f);
            var color = draw.Near(draw.Chance(0.12f) ? Rgb(0xa8702a) : draw.Chance(0.2f) ? Rgb(0x5f7a35) : leaf, 0.07f);
            if (burnt)
                color = draw.Near(Rgb(0x2b2622), 0.04f);
            if (scene.LabelAt(at) is not (LpcvClasses.Background or LpcvClasses.Water) || (scene.LabelAt(at) == LpcvClasses.Water && draw.Chance(0.5f)))
                continue;
            var texel = scene.Camera.Texel(at.Y);
            var foot = scene.Camera.Project(at);
            var top = scene.Camera.Project(at, height);
            var size = radius / texel;
            var shade = scene.Camera.Project(scene.Light.ShadowOf(at, height * 0.75f));
            scene.Canvas.Line([foot, shade], size * 1.5f, new Vector3(0.02f, 0.03f, 0.05f), (1 - scene.Light.Shadow) * 0.8f);
            var middle = Vector2.Lerp(foot, top, 0.6f);
            for (var k = 0; k < crown.Length; k++)
            {
                var (sin, cos) = MathF.SinCos(MathF.Tau * k / crown.Length);
                crown[k] = middle + (new Vector2(cos, sin) * size * draw.Range(0.8f, 1.15f));
            }

            scene.Canvas.Fill(crown, color * 0.62f, 1, LpcvClasses.Background);
            var toSun = scene.Camera.Project(at + (scene.Light.Direction * radius * 0.35f), height * 0.8f);
            scene.Canvas.Ellipse(Vector2.Lerp(middle, toSun, 0.7f), size * 0.68f, size * 0.68f, color, 0.85f);
            scene.Canvas.Ellipse(toSun, size * 0.34f, size * 0.34f, color * 1.35f, 0.7f);
            if (scene.Ground.Snow > 0.5f && draw.Chance(0.6f))
                scene.Canvas.Ellipse(toSun, size * 0.5f, size * 0.45f, Rgb(0xdfe5ec), 0.75f);
        }
    }
}
