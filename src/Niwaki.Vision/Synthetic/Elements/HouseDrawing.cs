using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Draws a building that stands: walls as far as the camera sees them, roof, what is on the roof.</summary>
internal static class HouseDrawing
{
    /// <summary>The outline of a house's shadow, turning the same way for every house.</summary>
    public static Vector2[] Shadow(Scene scene, House house, float height)
    {
        Span<Vector2> corners = stackalloc Vector2[8];
        Scene.Rectangle(corners, house.Center, house.Axis, house.HalfLength, house.HalfWidth);
        for (var i = 0; i < 4; i++)
        {
            corners[i + 4] = scene.Camera.Project(scene.Light.ShadowOf(corners[i], height));
            corners[i] = scene.Camera.Project(corners[i]);
        }

        return Hull(corners);
    }

    public static void Draw(Scene scene, SceneRandom random, House house)
    {
        var camera = scene.Camera;
        Span<Vector2> foot = stackalloc Vector2[4];
        Scene.Rectangle(foot, house.Center, house.Axis, house.HalfLength, house.HalfWidth);
        Span<Vector2> low = stackalloc Vector2[4];
        Span<Vector2> high = stackalloc Vector2[4];
        for (var i = 0; i < 4; i++)
            (low[i], high[i]) = (camera.Project(foot[i]), camera.Project(foot[i], house.Height));
        var ridgeHalf = house.HalfLength * (random.Chance(0.3f) ? 1 - (house.HalfWidth / house.HalfLength * 0.9f) : 1);
        var ridgeA = camera.Project(house.Center - (house.Axis * ridgeHalf), house.Height + house.Rise);
        var ridgeB = camera.Project(house.Center + (house.Axis * ridgeHalf), house.Height + house.Rise);
        Span<Vector2> all = stackalloc Vector2[10];
        low.CopyTo(all);
        high.CopyTo(all[4..]);
        (all[8], all[9]) = house.Rise > 0 ? (ridgeA, ridgeB) : (high[0], high[1]);
        scene.Canvas.Label(Hull(all), LpcvClasses.BuildingUndamaged);
        if (scene.Canvas.LabelsOnly)
            return;
        Walls(scene, house, foot, low, high);
        if (house.Rise > 0)
            Gable(scene, random, house, high, ridgeA, ridgeB, ridgeHalf < house.HalfLength * 0.99f);
        else
            Flat(scene, random, house, high);
    }

    /// <summary>The walls that face the camera.</summary>
    public static void Walls(Scene scene, House house, ReadOnlySpan<Vector2> foot, ReadOnlySpan<Vector2> low, ReadOnlySpan<Vector2> high)
    {
        Span<Vector2> quad = stackalloc Vector2[4];
        Span<Vector2> window = stackalloc Vector2[4];
        for (var i = 0; i < 4; i++)
        {
            var j = (i + 1) & 3;
            var normal = i switch { 0 => -house.Side, 1 => house.Axis, 2 => house.Side, _ => -house.Axis };
            var middle = (foot[i] + foot[j]) / 2;
            if (Vector3.Dot(new Vector3(normal, 0), scene.Camera.Eye - new Vector3(middle, 0)) <= 0)
                continue;
            (quad[0], quad[1], quad[2], quad[3]) = (low[i], low[j], high[j], high[i]);
            var color = house.Wall * scene.Light.On(new Vector3(normal, 0)) * 0.92f;
            scene.Canvas.Fill(quad, color);
            var tall = Vector2.Distance(low[i], high[i]);
            var floors = Math.Max(1, (int)(house.Height / 3));
            if (tall < 3 * floors)
                continue;
            for (var floor = 0; floor < floors; floor++)
            {
                var (from, to) = ((floor + 0.3f) / floors, (floor + 0.72f) / floors);
                window[0] = Vector2.Lerp(Vector2.Lerp(low[i], high[i], from), Vector2.Lerp(low[j], high[j], from), 0.1f);
                window[1] = Vector2.Lerp(Vector2.Lerp(low[i], high[i], from), Vector2.Lerp(low[j], high[j], from), 0.9f);
                window[2] = Vector2.Lerp(Vector2.Lerp(low[i], high[i], to), Vector2.Lerp(low[j], high[j], to), 0.9f);
                window[3] = Vector2.Lerp(Vector2.Lerp(low[i], high[i], to), Vector2.Lerp(low[j], high[j], to), 0.1f);
                scene.Canvas.Fill(window, color * 0.45f, 0.6f);
            }
        }
    }

    /// <summary>The smallest convex polygon round points (Andrew's monotone chain).</summary>
    public static Vector2[] Hull(ReadOnlySpan<Vector2> points)
    {
        var sorted = points.ToArray();
        Array.Sort(sorted, (a, b) => a.X != b.X ? a.X.CompareTo(b.X) : a.Y.CompareTo(b.Y));
        var hull = new Vector2[(2 * sorted.Length) + 1];
        var count = 0;
        for (var pass = 0; pass < 2; pass++)
        {
            var start = count;
            for (var k = 0; k < sorted.Length; k++)
            {
                var point = pass == 0 ? sorted[k] : sorted[^(k + 1)];
                while (count >= start + 2 && Cross(hull[count - 2], hull[count - 1], point) <= 0)
                    count--;
                hull[count++] = point;
            }

            count--;
        }

        return hull[..Math.Max(count, 1)];

        static float Cross(Vector2 o, Vector2 a, Vector2 b) => ((a.X - o.X) * (b.Y - o.Y)) - ((a.Y - o.Y) * (b.X - o.X));
    }

    private static void Gable(Scene scene, SceneRandom random, House house, ReadOnlySpan<Vector2> high, Vector2 ridgeA, Vector2 ridgeB, bool hip)
    {
        var slope = Vector2.Normalize(new Vector2(house.HalfWidth, house.Rise));
        var left = scene.Light.On(new Vector3(-house.Side * slope.Y, slope.X));
        var right = scene.Light.On(new Vector3(house.Side * slope.Y, slope.X));
        var ends = hip ? house.Roof : house.Wall;
        var endA = scene.Light.On(hip ? new Vector3(-house.Axis * slope.Y, slope.X) : new Vector3(-house.Axis, 0));
        var endB = scene.Light.On(hip ? new Vector3(house.Axis * slope.Y, slope.X) : new Vector3(house.Axis, 0));
        var canvas = scene.Canvas;
        canvas.Fill([high[3], high[0], ridgeA], ends * endA);
        canvas.Fill([high[1], high[2], ridgeB], ends * endB);
        // the far slope first: the near one may hide it
        Span<Vector2> one = [high[0], high[1], ridgeB, ridgeA];
        Span<Vector2> two = [high[2], high[3], ridgeA, ridgeB];
        var twoIsFar = (high[2].Y + high[3].Y) < (high[0].Y + high[1].Y);
        canvas.Fill(twoIsFar ? two : one, house.Roof * (twoIsFar ? right : left));
        canvas.Fill(twoIsFar ? one : two, house.Roof * (twoIsFar ? left : right));
        var width = 0.25f / scene.Texel;
        canvas.Line([ridgeA, ridgeB], width, house.Roof * 1.25f, 0.6f);
        var across = Vector2.Distance(high[1], high[2]);
        for (var line = 1; line < 4 && across > 10; line++)
        {
            var t = line / 4f;
            canvas.Line([Vector2.Lerp(high[0], ridgeA, t), Vector2.Lerp(high[1], ridgeB, t)], width * 0.6f, house.Roof * left * 0.75f, 0.5f);
            canvas.Line([Vector2.Lerp(high[3], ridgeA, t), Vector2.Lerp(high[2], ridgeB, t)], width * 0.6f, house.Roof * right * 0.75f, 0.5f);
        }

        if (random.Chance(0.4f))
        {
            var at = house.Center + (house.Axis * random.Range(-0.6f, 0.6f) * house.HalfLength) + (house.Side * random.Range(-0.3f, 0.3f) * house.HalfWidth);
            scene.Slab(at - (scene.Light.Direction * 0.6f), house.Axis, 0.5f, 0.4f, house.Height + house.Rise * 0.7f, Grey(0.1f), 0.5f);
            scene.Slab(at, house.Axis, 0.45f, 0.4f, house.Height + house.Rise, house.Wall * 0.8f);
        }
    }

    private static void Flat(Scene scene, SceneRandom random, House house, ReadOnlySpan<Vector2> high)
    {
        scene.Canvas.Fill(high, house.Roof);
        var width = 0.35f / scene.Texel;
        scene.Canvas.Line([high[0], high[1], high[2], high[3], high[0]], width, house.Roof * 1.22f, 0.7f);
        if (!scene.Light.Overcast)
        {
            // the parapet's shadow on the roof
            for (var i = 0; i < 4; i++)
            {
                var normal = i switch { 0 => -house.Side, 1 => house.Axis, 2 => house.Side, _ => -house.Axis };
                if (Vector2.Dot(normal, scene.Light.Direction) > 0.25f)
                {
                    var shift = ((high[0] + high[2]) / 2) - ((high[i] + high[(i + 1) & 3]) / 2);
                    shift *= 0.9f / MathF.Max(shift.Length() * scene.Texel, 1);
                    scene.Canvas.Line([high[i] + shift, high[(i + 1) & 3] + shift], width * 1.5f, Grey(0.05f), 0.3f);
                }
            }
        }

        for (var i = random.Int(5); i > 0; i--)
        {
            var at = house.Center + (house.Axis * random.Range(-0.75f, 0.75f) * house.HalfLength) + (house.Side * random.Range(-0.7f, 0.7f) * house.HalfWidth);
            var (a, b) = (random.Range(0.4f, 1.4f), random.Range(0.4f, 1.1f));
            var color = random.Near(Grey(random.Range(0.35f, 0.85f)), 0.03f);
            scene.Slab(at - (scene.Light.Direction * 0.8f), house.Axis, a, b, house.Height, Grey(0.05f), 0.4f);
            scene.Slab(at, house.Axis, a, b, house.Height + 0.8f, color);
        }
    }
}
