using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Plans and draws the roads of a scene.</summary>
internal static class RoadNet
{
    /// <summary>A grid of streets, not quite regular.</summary>
    public static void Town(Scene scene)
    {
        var random = scene.Random.Fork();
        var axis = random.Direction();
        var side = new Vector2(-axis.Y, axis.X);
        var reach = scene.Camera.Radius * 1.2f;
        var roads = new List<Road>();
        for (var direction = 0; direction < 2; direction++)
        {
            var (along, over) = direction == 0 ? (axis, side) : (side, axis);
            var gap = direction == 0 ? random.Range(38, 60) : random.Range(55, 110);
            var main = random.Int(4);
            var index = 0;
            for (var at = -MathF.Min(reach, 260) + random.Range(0, gap); at < MathF.Min(reach, 260) && index < 9; at += gap * random.Range(0.8f, 1.25f), index++)
            {
                if (direction == 1 && random.Chance(0.25f))
                    continue;
                var half = index == main ? random.Range(4.5f, 7) : random.Range(2.6f, 3.8f);
                var kind = half > 3 ? RoadKind.Street : RoadKind.Lane;
                var turned = along + (over * random.Range(-0.06f, 0.06f));
                roads.Add(new Road(FlowPath.Straight((over * at) - (turned * reach), (over * at) + (turned * reach), half), half, kind));
            }
        }

        Draw(scene, random, roads, town: true);
    }

    /// <summary>One or two winding roads, perhaps a railway.</summary>
    public static void Country(Scene scene, int count = 1, float railway = 0.2f)
    {
        var random = scene.Random.Fork();
        var roads = new List<Road>();
        var direction = random.Direction();
        for (var i = 0; i < count; i++)
        {
            var kind = random.Int(10) switch { < 5 => RoadKind.Street, < 8 => RoadKind.Lane, _ => RoadKind.Dirt };
            var half = kind == RoadKind.Street ? random.Range(3.2f, 6) : random.Range(1.9f, 3.2f);
            roads.Add(new Road(FlowPath.Across(scene.Camera, random, scene.Somewhere(random, 0.2f), direction, random.Chance(0.3f) ? 0 : random.Range(0.02f, 0.12f), half, half), half, kind));
            direction = new Vector2(-direction.Y, direction.X) + (random.Direction() * 0.5f);
            direction = Vector2.Normalize(direction);
        }

        if (random.Chance(railway))
        {
            var half = random.Chance(0.5f) ? 2.2f : 4.2f;
            roads.Add(new Road(FlowPath.Across(scene.Camera, random, scene.Somewhere(random, 0.2f), random.Direction(), random.Range(0, 0.05f), half, half), half, RoadKind.Railway));
        }

        Draw(scene, random, roads, town: false);
    }

    private static void Draw(Scene scene, SceneRandom random, List<Road> roads, bool town)
    {
        var asphalt = random.Int(3) switch { 0 => Rgb(0x5c5c5e), 1 => Rgb(0x7d7c7a), _ => Rgb(0x94908a) };
        asphalt = random.Near(asphalt, 0.04f);
        var fields = new List<(Road Road, FlowField Field)>();
        foreach (var road in roads)
            fields.Add((road, road.Path.Measure(scene.Canvas, 5)));
        foreach (var (road, field) in fields)
        {
            if (road.Kind == RoadKind.Dirt)
                continue;
            var verge = new RoadSide(scene, random.Fork(), road, field, town);
            scene.Canvas.Paint(ref verge, -1, field);
        }

        foreach (var (road, field) in fields)
        {
            var paint = new RoadPaint(scene, random.Fork(), road, field, asphalt);
            scene.Canvas.Paint(ref paint, LpcvClasses.Road, field);
        }

        scene.Roads.AddRange(roads);
    }
}
