using System.Numerics;

namespace Niwaki.Vision;

/// <summary>One scene while it is drawn: the canvas, the camera, the light, and what already stands where.</summary>
internal sealed class Scene
{
    private readonly List<(Vector2 Center, float Radius)> taken = [];

    public Scene(SceneCanvas canvas, SceneCamera camera, SceneLight light, SceneRandom random)
    {
        Canvas = canvas;
        Camera = camera;
        Light = light;
        Random = random;
        Relief = new NoiseField(NoiseTile.Clouds, random.Range(0.5f, 1.2f) * MathF.Max(camera.Span, 60), random);
        Wind = random.Direction();
    }

    public SceneCanvas Canvas { get; }

    public SceneCamera Camera { get; }

    public SceneLight Light { get; }

    public SceneRandom Random { get; }

    /// <summary>The height of the land, 0 to 1 with all heights equally frequent.</summary>
    public NoiseField Relief { get; }

    public Vector2 Wind { get; }

    /// <summary>The roads that were drawn.</summary>
    public List<Road> Roads { get; } = [];

    /// <summary>What the ground is like.</summary>
    public GroundLook Ground { get; set; } = GroundLook.Meadow;

    /// <summary>How thick the haze is, 0 to 1.</summary>
    public float Haze { get; set; }

    /// <summary>How bright the picture is.</summary>
    public float Exposure { get; set; } = 1;

    /// <summary>Metres per pixel in the middle.</summary>
    public float Texel => Camera.Span / Canvas.Width;

    /// <summary>A point of the ground that is seen; the margin is a share of the picture.</summary>
    public Vector2 Somewhere(float margin = 0) => Somewhere(Random, margin);

    /// <summary>A point of the ground that is seen; the margin is a share of the picture.</summary>
    public Vector2 Somewhere(SceneRandom random, float margin = 0) =>
        Camera.Ground(random.Range(margin, 1 - margin) * Canvas.Width, random.Range(margin, 1 - margin) * Canvas.Height);

    /// <summary>The class at a point of the ground; -1 outside the picture.</summary>
    public int LabelAt(Vector2 ground)
    {
        var pixel = Camera.Project(ground);
        var (x, y) = ((int)MathF.Floor(pixel.X), (int)MathF.Floor(pixel.Y));
        return x < 0 || y < 0 || x >= Canvas.Width || y >= Canvas.Height ? -1 : Canvas.Labels[(y * Canvas.Width) + x];
    }

    /// <summary>Whether a disc of the ground can be seen at all.</summary>
    public bool Sees(Vector2 ground, float radius)
    {
        var pixel = Camera.Project(ground);
        var reach = 2.5f * radius / Camera.Texel(ground.Y);
        return pixel.X > -reach && pixel.Y > -reach && pixel.X < Canvas.Width + reach && pixel.Y < Canvas.Height + reach;
    }

    /// <summary>Keeps a disc of the ground for one thing; false where something already stands.</summary>
    public bool Take(Vector2 center, float radius)
    {
        foreach (var other in taken)
        {
            var reach = other.Radius + radius;
            if (Vector2.DistanceSquared(center, other.Center) < reach * reach)
                return false;
        }

        taken.Add((center, radius));
        return true;
    }

    /// <summary>The corners of a rectangle on the ground.</summary>
    public static void Rectangle(Span<Vector2> corners, Vector2 center, Vector2 axis, float halfLength, float halfWidth)
    {
        var side = new Vector2(-axis.Y, axis.X);
        corners[0] = center - (axis * halfLength) - (side * halfWidth);
        corners[1] = center + (axis * halfLength) - (side * halfWidth);
        corners[2] = center + (axis * halfLength) + (side * halfWidth);
        corners[3] = center - (axis * halfLength) + (side * halfWidth);
    }

    /// <summary>Fills a rectangle that lies at a height.</summary>
    public void Slab(Vector2 center, Vector2 axis, float halfLength, float halfWidth, float z, Vector3 color, float alpha = 1, int label = -1)
    {
        Span<Vector2> corners = stackalloc Vector2[4];
        Rectangle(corners, center, axis, halfLength, halfWidth);
        for (var i = 0; i < 4; i++)
            corners[i] = Camera.Project(corners[i], z);
        Canvas.Fill(corners, color, alpha, label);
    }

    /// <summary>A line on the ground, its width in metres.</summary>
    public void GroundLine(Vector2 from, Vector2 to, float width, Vector3 color, float alpha = 1, float z = 0, int label = -1) =>
        Canvas.Line([Camera.Project(from, z), Camera.Project(to, z)], width / Camera.Texel((from.Y + to.Y) / 2), color, alpha, label);

    /// <summary>An irregular blob on the ground.</summary>
    public int Blob(Span<Vector2> corners, SceneRandom random, Vector2 center, float radiusX, float radiusY, float roughness)
    {
        var turn = random.Next() * MathF.Tau;
        for (var i = 0; i < corners.Length; i++)
        {
            var (sin, cos) = MathF.SinCos(turn + (MathF.Tau * i / corners.Length));
            var radius = 1 + (roughness * (random.Next() - 0.5f) * 2);
            corners[i] = Camera.Project(center + new Vector2(cos * radiusX * radius, sin * radiusY * radius));
        }

        return corners.Length;
    }
}
