namespace Niwaki.Vision;

/// <summary>Draws scene after scene on one canvas. For one thread at a time.</summary>
internal sealed class SceneRenderer(int width, int height) : IDisposable
{
    /// <summary>Changes whenever the same seed gives other pixels.</summary>
    public const int Version = 3;

    private readonly SceneCanvas canvas = new(width, height);

    /// <summary>Draws one scene with its labels.</summary>
    public (RgbImage Image, LabelMap Labels) Render(SceneRandom random)
    {
        var scene = Draw(random, labelsOnly: false);
        var pixels = SceneLens.Develop(scene, random.Fork());
        return (new RgbImage(width, height, pixels), new LabelMap(width, height, [.. canvas.Labels]));
    }

    /// <summary>How many pixels of each class a scene has; cheaper than drawing it.</summary>
    public long[] ClassPixels(SceneRandom random)
    {
        Draw(random, labelsOnly: true);
        var counts = new long[LpcvClasses.All.Count];
        foreach (var label in canvas.Labels)
            counts[label]++;
        return counts;
    }

    public void Dispose() => canvas.Dispose();

    private Scene Draw(SceneRandom random, bool labelsOnly)
    {
        var theme = SceneTheme.Choose(random);
        var (least, most) = theme.Span;
        var tilt = random.Chance(0.35f) ? random.Range(0, 8) : random.Range(8, 44);
        var camera = new SceneCamera(width, height, random.Scale(least, most), tilt * MathF.PI / 180);
        var light = new SceneLight(random);
        canvas.Begin(camera, labelsOnly);
        var scene = new Scene(canvas, camera, light, random) { Ground = theme.Ground(random.Fork()) };
        var ground = new GroundPaint(scene, random.Fork());
        canvas.Paint(ref ground, labelsOnly ? -1 : LpcvClasses.Background);
        theme.Compose(scene);
        return scene;
    }
}
