using System.Numerics;

namespace Niwaki.Vision;

/// <summary>
/// A pinhole camera above the ground plane z = 0, in metres: it looks at the origin, tilted from straight down towards +y.
/// </summary>
internal sealed class SceneCamera
{
    private readonly float sin;
    private readonly float cos;
    private readonly float distance;
    private readonly float focal;
    private readonly float centerX;
    private readonly float centerY;

    /// <param name="width">Of the picture, in pixels.</param>
    /// <param name="height">Of the picture, in pixels.</param>
    /// <param name="span">How many metres the picture's width covers in its middle.</param>
    /// <param name="tilt">From straight down, in radians; below 50 degrees the horizon stays outside.</param>
    public SceneCamera(int width, int height, float span, float tilt)
    {
        (sin, cos) = MathF.SinCos(tilt);
        focal = 0.95f * Math.Max(width, height);
        distance = span * focal / width;
        centerX = width / 2f;
        centerY = height / 2f;
        Span = span;
        Tilt = tilt;
        Eye = new Vector3(0, -distance * sin, distance * cos);
        var radius = 0f;
        foreach (var (px, py) in ((float, float)[])[(0, 0), (width, 0), (0, height), (width, height)])
            radius = MathF.Max(radius, Ground(px, py).Length());
        Radius = radius;
    }

    public float Span { get; }

    public float Tilt { get; }

    public Vector3 Eye { get; }

    /// <summary>All that is seen of the ground lies this near to the origin.</summary>
    public float Radius { get; }

    /// <summary>The pixel where a point is seen.</summary>
    public Vector2 Project(float x, float y, float z)
    {
        var depth = (y * sin) - (z * cos) + distance;
        depth = MathF.Max(depth, distance * 0.05f);
        return new Vector2(centerX + (focal * x / depth), centerY - (focal * ((y * cos) + (z * sin)) / depth));
    }

    public Vector2 Project(Vector2 ground, float z = 0) => Project(ground.X, ground.Y, z);

    /// <summary>The point of the ground that a pixel shows.</summary>
    public Vector2 Ground(float px, float py)
    {
        var v = (py - centerY) / focal;
        var y = -v * distance / MathF.Max(0.05f, cos + (v * sin));
        return new Vector2((px - centerX) / focal * ((y * sin) + distance), y);
    }

    /// <summary>Metres per pixel at a point of the ground.</summary>
    public float Texel(float y) => ((y * sin) + distance) / focal;
}
