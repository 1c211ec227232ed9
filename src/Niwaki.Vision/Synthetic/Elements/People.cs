using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>People: class person. Small, few, and only where the camera is near enough to show them.</summary>
internal static class People
{
    public static void Draw(Scene scene, int groups)
    {
        var random = scene.Random.Fork();
        if (scene.Texel > 0.95f || random.Chance(0.35f))
            return;
        for (var group = 0; group < groups; group++)
        {
            var draw = random.Fork();
            var center = scene.Somewhere(draw, 0.05f);
            for (var i = draw.Int(1, 3); i > 0; i--)
                Person(scene, draw, center + (draw.Direction() * draw.Range(0.8f, 4)));
        }
    }

    private static void Person(Scene scene, SceneRandom random, Vector2 at)
    {
        var cloth = random.Near(random.Pick<Vector3>([Rgb(0xc23b22), Rgb(0x2b4c8c), Grey(0.9f), Grey(0.1f), Rgb(0xd9822b), Rgb(0x3c6e47), Rgb(0xd8c23a), Rgb(0x7a6a9a), Rgb(0x8a8f94), Rgb(0x6b4a35)]), 0.06f);
        var legs = random.Near(random.Pick<Vector3>([Rgb(0x22304a), Grey(0.15f), Rgb(0x5c5140)]), 0.03f);
        var hair = random.Pick<Vector3>([Rgb(0x2b1f18), Rgb(0x4f3a28), Rgb(0xb5895e), Rgb(0xd8dada)]);
        var size = random.Range(0.95f, 1.2f) * MathF.Max(1, 2.1f * scene.Texel);
        var label = scene.LabelAt(at);
        if (label < 0 || label is LpcvClasses.Lava or LpcvClasses.Fire or LpcvClasses.Pyroclastic or LpcvClasses.BuildingUndamaged)
            return;
        var texel = scene.Camera.Texel(at.Y);
        var foot = scene.Camera.Project(at);
        var head = scene.Camera.Project(at, 1.65f * size);
        var radius = MathF.Max(0.36f * size / texel, 0.95f);
        var shadow = scene.Camera.Project(scene.Light.ShadowOf(at, 1.5f * size));
        scene.Canvas.Line([foot, shadow], radius * 1.1f, new Vector3(0.02f, 0.02f, 0.05f), (1 - scene.Light.Shadow) * 0.85f);
        var body = Vector2.Lerp(foot, head, 0.62f);
        if (label == LpcvClasses.Water)
            foot = Vector2.Lerp(foot, head, 0.55f);
        scene.Canvas.Line([foot, body], radius * 1.25f, legs, 1, LpcvClasses.Person);
        scene.Canvas.Ellipse(body, radius * 1.15f, radius, cloth, 1, LpcvClasses.Person);
        scene.Canvas.Ellipse(head, radius * 0.62f, radius * 0.62f, hair, 1, LpcvClasses.Person);
    }
}
