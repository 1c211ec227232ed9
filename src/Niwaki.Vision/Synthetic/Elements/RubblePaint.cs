using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>Broken stone, wood and dust on all that is a damaged building.</summary>
internal struct RubblePaint(Scene scene, SceneRandom random) : IPixelPaint
{
    private readonly byte[] labels = scene.Canvas.Labels;
    private readonly NoiseField stones = new(NoiseTile.Bumps, random.Range(1.2f, 2.2f), random);
    private readonly NoiseField big = new(NoiseTile.CellValues, random.Range(2.2f, 4), random);
    private readonly NoiseField grain = new(NoiseTile.Grain, 0.6f, random);
    private readonly NoiseField dust = new(NoiseTile.Clouds, 5, random);
    private readonly Vector2 step = scene.Light.Direction * 0.4f;

    public readonly float Cover(int i, float x, float y, float texel) => labels[i] == LpcvClasses.BuildingDamaged ? 1 : 0;

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var lit = stones.At(x, y) - stones.At(x + step.X, y + step.Y);
        var color = Mix(under, Rgb(0xa39a8c), 0.45f * dust.At(x, y));
        return color * (0.62f + (0.45f * big.Nearest(x, y)) + (lit * 0.8f) + ((grain.At(x, y) - 0.5f) * 0.5f));
    }
}
