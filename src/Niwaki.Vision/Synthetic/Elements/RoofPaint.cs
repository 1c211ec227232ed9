using System.Numerics;

namespace Niwaki.Vision;

/// <summary>Grain and stains on all that is a standing building.</summary>
internal struct RoofPaint(Scene scene, SceneRandom random) : IPixelPaint
{
    private readonly byte[] labels = scene.Canvas.Labels;
    private readonly NoiseField grain = new(NoiseTile.Grain, 0.8f, random);
    private readonly NoiseField stains = new(NoiseTile.Clouds, 4, random);

    public readonly float Cover(int i, float x, float y, float texel) => labels[i] == LpcvClasses.BuildingUndamaged ? 1 : 0;

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under) =>
        under * (0.86f + (0.14f * grain.At(x, y)) + (0.14f * stains.At(x, y)));
}
