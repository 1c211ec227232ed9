using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Cars, lorries, buses and boats: class vehicle.</summary>
internal static class Vehicles
{
    private static readonly Vector3[] Paints =
    [
        Grey(0.92f), Grey(0.88f), Grey(0.7f), Grey(0.45f), Grey(0.2f), Grey(0.12f), Rgb(0x9c1f1f), Rgb(0x1f3f7a), Rgb(0x2e5f8f), Rgb(0x6d5a3c), Rgb(0x2f5a3a), Rgb(0xc2a23a),
    ];

    /// <summary>Traffic on the roads, and cars beside them.</summary>
    public static void OnRoads(Scene scene, float perHundredMetres)
    {
        var random = scene.Random.Fork();
        foreach (var road in scene.Roads)
        {
            if (road.Kind == RoadKind.Railway)
                continue;
            var points = road.Path.Points;
            for (var s = 0; s + 1 < points.Length; s++)
            {
                var direction = Vector2.Normalize(points[s + 1] - points[s]);
                var length = Vector2.Distance(points[s + 1], points[s]);
                var gap = 100 / MathF.Max(perHundredMetres, 0.01f);
                for (var at = random.Range(0, gap); at < length; at += gap * random.Range(0.4f, 1.8f))
                {
                    var draw = random.Fork();
                    var lane = draw.Chance(0.3f) ? road.Half + draw.Range(-1.2f, 1.6f) : road.Half * 0.48f;
                    var side = new Vector2(-direction.Y, direction.X) * (draw.Chance(0.5f) ? lane : -lane);
                    Place(scene, draw, points[s] + (direction * at) + side, Vector2.Normalize(direction + (draw.Direction() * 0.06f)), water: false);
                }
            }
        }
    }

    /// <summary>Vehicles anywhere: parked, stranded, or carried off; boats on the water.</summary>
    public static void Anywhere(Scene scene, int count, bool boats)
    {
        var random = scene.Random.Fork();
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            Place(scene, draw, scene.Somewhere(draw), draw.Direction(), boats);
        }
    }

    /// <summary>A row of parked cars on a yard.</summary>
    public static void Parking(Scene scene)
    {
        var random = scene.Random.Fork();
        var center = scene.Somewhere(random, 0.15f);
        var axis = scene.Roads.Count > 0 ? Vector2.Normalize(scene.Roads[0].Path.Points[^1] - scene.Roads[0].Path.Points[0]) : random.Direction();
        var side = new Vector2(-axis.Y, axis.X);
        var (columns, rows) = (random.Int(4, 9), random.Int(1, 2));
        var (halfLength, halfWidth) = (columns * 1.4f, rows * 4.2f);
        if (scene.LabelAt(center) != LpcvClasses.Background || !scene.Take(center, halfLength))
            return;
        scene.Slab(center, axis, halfLength + 1, halfWidth + 0.6f, 0, random.Near(Rgb(0x807d78), 0.05f), 0.95f);
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                var draw = random.Fork();
                var at = center + (axis * ((column + 0.5f) * 2.8f - halfLength)) + (side * (((row + 0.5f) * 8.4f) - halfWidth));
                scene.GroundLine(at + (axis * 1.4f) - (side * 2.4f), at + (axis * 1.4f) + (side * 2.4f), 0.12f, Grey(0.9f), 0.6f);
                if (draw.Chance(0.65f))
                    Car(scene, draw, at, Vector2.Normalize(side + (draw.Direction() * 0.05f)));
            }
        }
    }

    private static void Place(Scene scene, SceneRandom random, Vector2 at, Vector2 axis, bool water)
    {
        var label = scene.LabelAt(at);
        if (label < 0 || label is LpcvClasses.BuildingUndamaged or LpcvClasses.BuildingDamaged or LpcvClasses.Lava or LpcvClasses.Fire or LpcvClasses.Vehicle or LpcvClasses.Pyroclastic)
            return;
        if (label == LpcvClasses.Water)
        {
            if (water)
                Boat(scene, random, at, axis);
            else if (random.Chance(0.3f))
                Car(scene, random, at, axis);
            return;
        }

        if (!scene.Take(at, 2.4f))
            return;
        if (random.Chance(0.14f))
            Lorry(scene, random, at, axis);
        else
            Car(scene, random, at, axis);
    }

    private static void Car(Scene scene, SceneRandom random, Vector2 at, Vector2 axis)
    {
        var (length, width) = (random.Range(2, 2.5f), random.Range(0.92f, 1.08f));
        var color = random.Near(random.Pick<Vector3>(Paints), 0.04f);
        Body(scene, at, axis, length, width, 1.4f, color);
        if (scene.Texel > 0.9f)
            return;
        scene.Slab(at + (axis * length * 0.28f), axis, length * 0.14f, width * 0.78f, 1.2f, Rgb(0x1b2229), 0.9f);
        scene.Slab(at - (axis * length * 0.62f), axis, length * 0.1f, width * 0.72f, 1.2f, Rgb(0x1b2229), 0.8f);
        scene.Slab(at - (axis * length * 0.16f), axis, length * 0.32f, width * 0.78f, 1.5f, color * 1.08f, 0.9f);
    }

    private static void Lorry(Scene scene, SceneRandom random, Vector2 at, Vector2 axis)
    {
        var length = random.Range(3.6f, 6.5f);
        var color = random.Near(random.Pick<Vector3>([Grey(0.9f), Rgb(0xb8862b), Rgb(0xa5342a), Rgb(0x3d5f8a), Rgb(0x7d8288), Rgb(0x5b6b3f)]), 0.05f);
        Body(scene, at, axis, length, 1.3f, 3, color);
        scene.Slab(at + (axis * length * 0.78f), axis, length * 0.2f, 1.2f, 2.6f, random.Near(Grey(0.75f), 0.1f));
        scene.Slab(at + (axis * length * 0.9f), axis, 0.25f, 1.05f, 2.6f, Rgb(0x20262c), 0.8f);
    }

    private static void Boat(Scene scene, SceneRandom random, Vector2 at, Vector2 axis)
    {
        var (length, width) = (random.Range(2, 5), random.Range(0.8f, 1.4f));
        var side = new Vector2(-axis.Y, axis.X);
        var color = random.Near(random.Pick<Vector3>([Grey(0.92f), Rgb(0xd8641e), Rgb(0x2f5f8f), Rgb(0x6b4a30), Grey(0.3f)]), 0.04f);
        Span<Vector2> hull =
        [
            scene.Camera.Project(at + (axis * length), 0.6f), scene.Camera.Project(at + (axis * length * 0.45f) + (side * width), 0.6f), scene.Camera.Project(at - (axis * length) + (side * width * 0.8f), 0.6f),
            scene.Camera.Project(at - (axis * length) - (side * width * 0.8f), 0.6f), scene.Camera.Project(at + (axis * length * 0.45f) - (side * width), 0.6f),
        ];
        if (random.Chance(0.5f))
        {
            scene.GroundLine(at - (axis * length), at - (axis * length * 4) + (side * width * 1.5f), 0.5f, Grey(0.9f), 0.4f);
            scene.GroundLine(at - (axis * length), at - (axis * length * 4) - (side * width * 1.5f), 0.5f, Grey(0.9f), 0.4f);
        }

        scene.Canvas.Fill(hull, color, 1, LpcvClasses.Vehicle);
        scene.Slab(at - (axis * length * 0.15f), axis, length * 0.5f, width * 0.55f, 0.7f, color * 0.55f);
    }

    private static void Body(Scene scene, Vector2 at, Vector2 axis, float halfLength, float halfWidth, float height, Vector3 color)
    {
        var shadow = scene.Light.ShadowOf(at, height * 0.8f);
        scene.Slab(Vector2.Lerp(at, shadow, 0.6f), axis, halfLength + 0.15f, halfWidth + 0.15f, 0, new Vector3(0.02f, 0.02f, 0.05f), (1 - scene.Light.Shadow) * 0.9f);
        Span<Vector2> corners = stackalloc Vector2[8];
        Scene.Rectangle(corners, at, axis, halfLength, halfWidth);
        for (var i = 0; i < 4; i++)
        {
            corners[i + 4] = scene.Camera.Project(corners[i], height);
            corners[i] = scene.Camera.Project(corners[i], 0.2f);
        }

        scene.Canvas.Fill(HouseDrawing.Hull(corners), color * 0.62f, 1, LpcvClasses.Vehicle);
        scene.Canvas.Fill(corners[4..], color);
    }
}
