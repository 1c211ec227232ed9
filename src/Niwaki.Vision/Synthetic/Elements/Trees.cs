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
        Span<Vector2> crown = stackalloc Vector2[12];
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            var at = scene.Somewhere(draw);
            var radius = draw.Scale(1.2f, 4.5f);
            var height = radius * draw.Range(1.4f, 2.4f);
            var conifer = draw.Chance(scene.Ground.Snow > 0.5f ? 0.7f : 0.2f);
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
            scene.Canvas.Line([foot, shade], size * (conifer ? 0.9f : 1.4f), new Vector3(0.02f, 0.03f, 0.05f), (1 - scene.Light.Shadow) * 0.75f);
            var middle = Vector2.Lerp(foot, top, 0.6f);
            for (var k = 0; k < crown.Length; k++)
            {
                var (sin, cos) = MathF.SinCos(MathF.Tau * k / crown.Length);
                crown[k] = middle + (new Vector2(cos, sin) * size * (conifer ? (k % 2 == 0 ? 0.95f : 0.7f) * draw.Range(0.85f, 1.1f) : draw.Range(0.75f, 1.15f)));
            }

            scene.Canvas.Fill(crown, color * (conifer ? 0.85f : 0.6f), 1, LpcvClasses.Background);
            var toSun = scene.Camera.Project(at + (scene.Light.Direction * radius), height * 0.8f) - middle;
            toSun /= MathF.Max(toSun.Length(), 1e-3f);
            for (var k = conifer ? 2 : 6; k > 0; k--)
            {
                // tufts of leaves, brighter towards the sun
                var tuft = draw.Direction() * draw.Range(0.15f, 0.62f);
                var lit = 0.82f + (0.42f * Vector2.Dot(tuft, toSun)) + draw.Range(-0.08f, 0.08f);
                var shine = scene.Ground.Snow > 0.5f && draw.Chance(0.3f) ? Mix(color, Rgb(0xdfe5ec), 0.6f) : color;
                var wide = size * draw.Range(0.22f, 0.4f);
                scene.Canvas.Ellipse(middle + (tuft * size), wide, wide * draw.Range(0.7f, 1.1f), shine * lit * 1.15f, 0.75f);
            }
        }
    }
}
