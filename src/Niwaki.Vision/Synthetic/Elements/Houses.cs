using System.Numerics;

namespace Niwaki.Vision;

/// <summary>Plans the buildings of a scene and draws them, far ones first.</summary>
internal static class Houses
{
    /// <summary>Rows of houses along the roads.</summary>
    /// <param name="scene">Has roads.</param>
    /// <param name="damage">The share that is damaged.</param>
    /// <param name="density">The share of plots with a house.</param>
    /// <param name="wet">Whether houses may stand in water.</param>
    /// <param name="most">No more than these.</param>
    public static void Along(Scene scene, float damage, float density = 0.8f, bool wet = false, int most = 60)
    {
        var random = scene.Random.Fork();
        var style = new HouseStyle(random);
        var houses = new List<House>();
        foreach (var road in scene.Roads)
        {
            if (road.Kind == RoadKind.Railway)
                continue;
            var points = road.Path.Points;
            for (var s = 0; s + 1 < points.Length; s++)
            {
                var direction = Vector2.Normalize(points[s + 1] - points[s]);
                var length = Vector2.Distance(points[s + 1], points[s]);
                for (var side = -1; side <= 1; side += 2)
                {
                    for (var at = random.Range(2, 8); at < length; at += style.Plot * random.Range(0.85f, 1.3f))
                    {
                        var draw = random.Fork();
                        if (!draw.Chance(density))
                            continue;
                        var house = style.Build(draw, direction, draw.Chance(damage));
                        var back = road.Half + draw.Range(2.5f, 6) + house.HalfWidth;
                        var normal = new Vector2(-direction.Y, direction.X) * side;
                        Add(scene, houses, house with { Center = points[s] + (direction * at) + (normal * back) }, wet, most);
                    }
                }
            }
        }

        Draw(scene, random, houses);
    }

    /// <summary>Houses here and there.</summary>
    public static void Scattered(Scene scene, int count, float damage, bool wet = false)
    {
        var random = scene.Random.Fork();
        var style = new HouseStyle(random);
        var houses = new List<House>();
        var axis = random.Direction();
        for (var i = 0; i < count; i++)
        {
            var draw = random.Fork();
            var house = style.Build(draw, draw.Chance(0.6f) ? axis : draw.Direction(), draw.Chance(damage));
            Add(scene, houses, house with { Center = scene.Somewhere(draw) }, wet, count);
        }

        Draw(scene, random, houses);
    }

    private static void Add(Scene scene, List<House> houses, House house, bool wet, int most)
    {
        if (houses.Count >= most || !scene.Sees(house.Center, house.Radius + house.Height))
            return;
        Span<Vector2> corners = stackalloc Vector2[4];
        Scene.Rectangle(corners, house.Center, house.Axis, house.HalfLength + 0.5f, house.HalfWidth + 0.5f);
        foreach (var corner in corners)
        {
            var label = scene.LabelAt(corner);
            if (label is LpcvClasses.Road or LpcvClasses.Lava or LpcvClasses.IceJam || (label == LpcvClasses.Water && !wet))
                return;
        }

        if (scene.Take(house.Center, house.Radius * 0.88f))
            houses.Add(house);
    }

    private static void Draw(Scene scene, SceneRandom random, List<House> houses)
    {
        houses.Sort((a, b) => -Vector3.DistanceSquared(new Vector3(a.Center, 0), scene.Camera.Eye).CompareTo(Vector3.DistanceSquared(new Vector3(b.Center, 0), scene.Camera.Eye)));
        var shadows = new List<Vector2[]>();
        foreach (var house in houses)
            shadows.Add(HouseDrawing.Shadow(scene, house, house.Damaged ? house.Height * 0.35f : house.Height + (house.Rise * 0.6f)));
        scene.Canvas.FillUnion(shadows, new Vector3(0.03f, 0.04f, 0.09f), (1 - scene.Light.Shadow) * 0.95f);
        var seeds = random.Fork();
        var rubble = seeds.Fork();
        foreach (var house in houses)
        {
            var draw = seeds.Fork();
            if (house.Damaged)
                Ruins.Ground(scene, draw, house);
        }

        if (houses.Exists(house => house.Damaged))
        {
            var paint = new RubblePaint(scene, rubble);
            scene.Canvas.Paint(ref paint, -1);
        }

        var walls = seeds.Fork();
        foreach (var house in houses)
        {
            var draw = walls.Fork();
            if (house.Damaged)
                Ruins.Remains(scene, draw, house);
            else
                HouseDrawing.Draw(scene, draw, house);
        }

        var roofs = new RoofPaint(scene, random.Fork());
        scene.Canvas.Paint(ref roofs, -1);
    }
}
