using System.Numerics;

namespace Niwaki.Vision;

/// <summary>What has happened in a scene: it chooses what occurs, so that a scene hangs together.</summary>
internal abstract class SceneTheme
{
    /// <summary>Every theme with how often it comes.</summary>
    private static readonly (SceneTheme Theme, float Weight)[] All =
    [
        (new QuietTown(), 10), (new Countryside(), 6), (new FloodedTown(), 12), (new Earthquake(), 15), (new Landslide(), 11), (new LavaTheme(), 10),
        (new PyroclasticTheme(), 8), (new AvalancheTheme(), 9), (new Wildfire(), 11), (new IceJamTheme(), 9), (new Coast(), 7),
    ];

    public static SceneTheme Choose(SceneRandom random)
    {
        var total = 0f;
        foreach (var (_, weight) in All)
            total += weight;
        var at = random.Next() * total;
        foreach (var (theme, weight) in All)
        {
            at -= weight;
            if (at < 0)
                return theme;
        }

        return All[^1].Theme;
    }

    /// <summary>The land below everything.</summary>
    public abstract GroundLook Ground(SceneRandom random);

    /// <summary>How many metres the picture is wide, at least and at most.</summary>
    public virtual (float Least, float Most) Span => (38, 170);

    /// <summary>Draws what stands and happens on the land.</summary>
    public abstract void Compose(Scene scene);

    /// <summary>About so many, more where more land is seen.</summary>
    protected static int Count(Scene scene, float perHundredMetres) =>
        (int)((perHundredMetres * Vector2.Clamp(new Vector2(scene.Camera.Span / 100), new Vector2(0.3f), new Vector2(2.2f)).X * scene.Random.Range(0.5f, 1.5f)) + 0.5f);
}
