using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Buildings that are broken or burnt. They share colours with those that stand.</summary>
internal static class Ruins
{
    /// <summary>The heap on the ground, before it gets its texture.</summary>
    public static void Ground(Scene scene, SceneRandom random, House house)
    {
        Span<Vector2> blob = stackalloc Vector2[12];
        var spill = random.Range(1.0f, 1.3f);
        var turn = random.Next() * MathF.Tau;
        for (var i = 0; i < blob.Length; i++)
        {
            var (sin, cos) = MathF.SinCos(turn + (MathF.Tau * i / blob.Length));
            // a rounded square is what a fallen house leaves
            var scale = spill * random.Range(0.85f, 1.15f) / MathF.Pow(MathF.Pow(MathF.Abs(cos), 4) + MathF.Pow(MathF.Abs(sin), 4), 0.25f);
            blob[i] = scene.Camera.Project(house.Center + (house.Axis * cos * scale * house.HalfLength) + (house.Side * sin * scale * house.HalfWidth));
        }

        var color = Mix(Mix(house.Roof, house.Wall, random.Next()), Rgb(0x8d8578), 0.35f);
        scene.Canvas.Fill(blob, random.Chance(0.2f) ? color * 0.4f : color, 1, LpcvClasses.BuildingDamaged);
    }

    /// <summary>What still stands, and the large pieces.</summary>
    public static void Remains(Scene scene, SceneRandom random, House house)
    {
        switch (random.Int(5))
        {
            case 0:
                Pancake(scene, random, house);
                break;
            case 1:
                Shell(scene, random, house, burnt: false);
                break;
            case 2:
                Shell(scene, random, house, burnt: true);
                break;
            case 3:
                Half(scene, random, house);
                break;
            default:
                Half(scene, random, house);
                Pieces(scene, random, house, 10);
                break;
        }

        Pieces(scene, random, house, random.Int(8, 22));
    }

    /// <summary>Floors that slid on top of each other.</summary>
    private static void Pancake(Scene scene, SceneRandom random, House house)
    {
        for (var i = random.Int(2, 4); i > 0; i--)
        {
            var axis = Vector2.Normalize(house.Axis + (random.Direction() * 0.3f));
            var center = house.Center + (random.Direction() * random.Range(0.1f, 0.4f) * house.HalfWidth);
            var (a, b) = (house.HalfLength * random.Range(0.4f, 0.8f), house.HalfWidth * random.Range(0.4f, 0.85f));
            var color = random.Near(i == 1 ? house.Roof : house.Wall * 0.85f, 0.04f) * random.Range(0.75f, 1.1f);
            scene.Slab(center - (scene.Light.Direction * 0.9f), axis, a, b, 0.5f, Grey(0.06f), 0.5f, LpcvClasses.BuildingDamaged);
            scene.Slab(center, axis, a, b, 1.2f, color, 1, LpcvClasses.BuildingDamaged);
            scene.GroundLine(center - (axis * a * random.Next()), center + (new Vector2(-axis.Y, axis.X) * b * random.Next()), 0.35f, color * 0.4f, 0.8f, 1.2f);
        }
    }

    /// <summary>Walls without a roof.</summary>
    private static void Shell(Scene scene, SceneRandom random, House house, bool burnt)
    {
        var floor = burnt ? Rgb(0x1f1b19) : Mix(house.Wall, Rgb(0x5c5147), 0.7f);
        scene.Slab(house.Center, house.Axis, house.HalfLength, house.HalfWidth, 0.3f, floor, 0.8f, LpcvClasses.BuildingDamaged);
        var wall = burnt ? Mix(house.Wall, Rgb(0x2e2a28), 0.55f) : house.Wall;
        Span<Vector2> corners = stackalloc Vector2[4];
        Scene.Rectangle(corners, house.Center, house.Axis, house.HalfLength, house.HalfWidth);
        var height = MathF.Min(house.Height, 4) * random.Range(0.4f, 1);
        for (var i = 0; i < 4; i++)
        {
            if (random.Chance(0.2f))
                continue;
            var (from, to) = (Vector2.Lerp(corners[i], corners[(i + 1) & 3], random.Range(0, 0.3f)), Vector2.Lerp(corners[i], corners[(i + 1) & 3], random.Range(0.65f, 1)));
            var shade = Vector2.Normalize(((from + to) / 2) - house.Center);
            scene.GroundLine(from - (scene.Light.Direction * 0.8f), to - (scene.Light.Direction * 0.8f), 0.9f, Grey(0.04f), 0.45f);
            scene.Canvas.Fill([scene.Camera.Project(from), scene.Camera.Project(to), scene.Camera.Project(to, height), scene.Camera.Project(from, height)], wall * scene.Light.On(new Vector3(shade, 0)), 1, LpcvClasses.BuildingDamaged);
            scene.GroundLine(from, to, 0.55f, wall * 1.05f, 1, height, LpcvClasses.BuildingDamaged);
        }

        for (var i = random.Int(1, 3); i > 0; i--)
        {
            var at = house.Center + (house.Axis * random.Range(-0.7f, 0.7f) * house.HalfLength);
            scene.GroundLine(at - (house.Side * house.HalfWidth * 0.9f), at + (house.Side * house.HalfWidth * 0.9f), 0.4f, wall * 0.85f, 0.9f, height * 0.5f);
        }

        for (var i = random.Int(2, 6); i > 0; i--)
        {
            var at = house.Center + (house.Axis * random.Range(-0.8f, 0.8f) * house.HalfLength);
            scene.GroundLine(at - (house.Side * house.HalfWidth), at + (house.Side * house.HalfWidth * random.Range(-0.2f, 1)), 0.3f, burnt ? Grey(0.12f) : Rgb(0x8a7455), 0.8f, height * 0.8f);
        }
    }

    /// <summary>One part stands, the other has fallen.</summary>
    private static void Half(Scene scene, SceneRandom random, House house)
    {
        var share = random.Range(0.35f, 0.7f);
        var sign = random.Chance(0.5f) ? 1 : -1;
        var part = house with { Center = house.Center + (house.Axis * (sign * house.HalfLength * (1 - share))), HalfLength = house.HalfLength * share, Height = MathF.Min(house.Height, 7) * random.Range(0.5f, 1), Rise = 0 };
        Span<Vector2> foot = stackalloc Vector2[4];
        Scene.Rectangle(foot, part.Center, part.Axis, part.HalfLength, part.HalfWidth);
        Span<Vector2> all = stackalloc Vector2[8];
        for (var i = 0; i < 4; i++)
            (all[i], all[i + 4]) = (scene.Camera.Project(foot[i]), scene.Camera.Project(foot[i], part.Height));
        scene.Canvas.Label(HouseDrawing.Hull(all), LpcvClasses.BuildingDamaged);
        if (!scene.Canvas.LabelsOnly)
            HouseDrawing.Walls(scene, part, foot, all[..4], all[4..]);
        // the torn edge of the roof
        Span<Vector2> roof = stackalloc Vector2[8];
        (roof[0], roof[1]) = sign > 0 ? (all[5], all[6]) : (all[7], all[4]);
        var (from, to) = sign > 0 ? (all[7], all[4]) : (all[5], all[6]);
        for (var i = 0; i < 6; i++)
            roof[i + 2] = Vector2.Lerp(Vector2.Lerp(from, to, i / 5f), (roof[0] + roof[1]) / 2, random.Range(-0.05f, 0.4f));
        scene.Canvas.Fill(roof, house.Roof * (house.Rise > 0 ? random.Range(0.75f, 1.1f) : 1));
        Span<Vector2> hole = stackalloc Vector2[6];
        for (var i = random.Int(1, 3); i > 0; i--)
        {
            var center = part.Center + (part.Axis * random.Range(-0.6f, 0.6f) * part.HalfLength) + (part.Side * random.Range(-0.6f, 0.6f) * part.HalfWidth);
            var size = random.Range(0.15f, 0.4f) * part.HalfWidth;
            var turn = random.Next() * 6;
            for (var k = 0; k < 6; k++)
            {
                var (sin, cos) = MathF.SinCos(turn + (MathF.Tau * k / 6));
                hole[k] = scene.Camera.Project(center + (new Vector2(cos, sin) * size * random.Range(0.6f, 1.4f)), part.Height);
            }

            scene.Canvas.Fill(hole, Rgb(0x241f1c), 0.85f);
        }
    }

    /// <summary>Slabs, beams, sheets of roof.</summary>
    private static void Pieces(Scene scene, SceneRandom random, House house, int count)
    {
        // no more than can be told apart
        var texel = scene.Camera.Texel(house.Center.Y);
        count = Math.Min(count, (int)(house.HalfLength * house.HalfWidth / (4 * texel * texel)) + 2);
        for (var i = 0; i < count; i++)
        {
            var at = house.Center + (house.Axis * random.Normal() * 0.5f * house.HalfLength) + (house.Side * random.Normal() * 0.5f * house.HalfWidth);
            var axis = random.Direction();
            var (a, b) = random.Chance(0.4f) ? (random.Range(1, 2.6f), random.Range(0.12f, 0.3f)) : (random.Range(0.4f, 1.5f), random.Range(0.3f, 1));
            var color = random.Int(5) switch { 0 or 1 => house.Roof, 2 => house.Wall, 3 => Rgb(0x7a6248), _ => Grey(random.Range(0.15f, 0.75f)) };
            color = random.Near(color, 0.05f) * random.Range(0.6f, 1.15f);
            scene.Slab(at, axis, a, b, 0.4f, color);
        }
    }
}
