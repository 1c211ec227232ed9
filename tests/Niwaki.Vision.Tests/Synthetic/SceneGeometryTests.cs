using System.Numerics;

namespace Niwaki.Vision.Tests.Synthetic;

public sealed class SceneGeometryTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.3f)]
    [InlineData(0.76f)]
    public void A_pixel_shows_the_ground_that_is_projected_onto_it(float tilt)
    {
        var camera = new SceneCamera(128, 96, 80, tilt);
        foreach (var (px, py) in ((float, float)[])[(0.5f, 0.5f), (64, 48), (127, 3), (10, 95)])
        {
            var seen = camera.Project(camera.Ground(px, py));
            Assert.Equal(px, seen.X, 0.01f);
            Assert.Equal(py, seen.Y, 0.01f);
        }

        Assert.Equal(80, camera.Ground(128, 48).X - camera.Ground(0, 48).X, 0.01f);
    }

    [Fact]
    public void What_is_high_is_seen_farther_from_the_middle_and_what_is_far_is_smaller()
    {
        var down = new SceneCamera(128, 128, 100, 0);
        Assert.True(down.Project(30, 0, 10).X > down.Project(30, 0, 0).X);
        var tilted = new SceneCamera(128, 128, 100, 0.6f);
        Assert.True(tilted.Project(0, 0, 10).Y < tilted.Project(0, 0, 0).Y);
        Assert.True(tilted.Texel(40) > tilted.Texel(-40));
    }

    [Fact]
    public void Labels_follow_the_colours_of_the_same_polygon_and_are_exact_indices()
    {
        using var canvas = new SceneCanvas(64, 64);
        canvas.Begin(new SceneCamera(64, 64, 64, 0), labelsOnly: false);
        canvas.Fill([new(-5, -5), new(70, -5), new(70, 70), new(-5, 70)], Vector3.Zero, 1, 0);
        canvas.Fill([new(5.3f, 8.1f), new(58.7f, 20.4f), new(30.2f, 60.6f)], Vector3.One, 1, 13);
        canvas.Line([new(4, 50), new(20, 62)], 3, Vector3.One, 1, 7);
        var colors = canvas.Linear();
        Assert.Equal([0, 7, 13], canvas.Labels.Select(label => (int)label).Distinct().Order());
        for (var i = 0; i < colors.Length; i++)
        {
            if (colors[i].X is < 0.25f or > 0.75f)
                Assert.Equal(colors[i].X > 0.5f, canvas.Labels[i] != 0);
        }
    }

    [Fact]
    public void A_path_measures_the_distance_to_its_nearest_point()
    {
        using var canvas = new SceneCanvas(48, 40);
        var camera = new SceneCamera(48, 40, 60, 0.4f);
        canvas.Begin(camera, labelsOnly: true);
        var path = FlowPath.Smooth([new(-30, -12), new(-5, 8), new(12, -6), new(40, 10)], 2, 5);
        var field = path.Measure(canvas, 6);
        var points = path.Points.ToArray();
        var measured = 0;
        for (var i = 0; i < 48 * 40; i++)
        {
            var at = new Vector2(canvas.X[i], canvas.Y[i / 48]);
            var nearest = float.MaxValue;
            for (var s = 0; s + 1 < points.Length; s++)
            {
                for (var t = 0f; t <= 1; t += 1 / 64f)
                    nearest = MathF.Min(nearest, Vector2.Distance(at, Vector2.Lerp(points[s], points[s + 1], t)));
            }

            if (float.IsFinite(field.Edge[i]))
            {
                measured++;
                Assert.Equal(nearest, MathF.Abs(field.Across[i]), 0.1f);
                Assert.InRange(MathF.Abs(field.Across[i]) - field.Edge[i], 1.99f, 5.01f);
                Assert.InRange(i % 48, field.From[i / 48], field.To[i / 48] - 1);
            }
            else
            {
                Assert.True(nearest > 10.9f);
            }
        }

        Assert.InRange(measured, 100, 48 * 40);
    }

    [Fact]
    public void Noise_repeats_without_a_seam_and_a_threshold_leaves_its_share()
    {
        foreach (var tile in (NoiseTile[])[NoiseTile.Clouds, NoiseTile.Ridges, NoiseTile.Grain])
        {
            Assert.Equal(tile.At(1.25f, 7.5f), tile.At(1.25f + NoiseTile.Size, 7.5f + (3 * NoiseTile.Size)), 1e-4f);
            Assert.Equal(tile.At(511.999f, 100), tile.At(512.001f, 100), 0.01f);
            var below = 0;
            for (var i = 0; i < NoiseTile.Size * NoiseTile.Size; i++)
                below += tile.At(i % NoiseTile.Size, i / NoiseTile.Size) < 0.3f ? 1 : 0;
            Assert.InRange(below / (float)(NoiseTile.Size * NoiseTile.Size), 0.299f, 0.301f);
        }
    }

    [Fact]
    public void Random_numbers_are_the_same_on_every_machine()
    {
        var random = new SceneRandom(1234567);
        // the first outputs of SplitMix64 for this seed, from its reference implementation
        Assert.Equal([6457827717110365317, 3203168211198807973, 9817491932198370423], new[] { random.Bits(), random.Bits(), random.Bits() });
        for (var i = 0; i < 1000; i++)
            Assert.InRange(random.Next(), 0, 0.9999999f);
    }
}
