using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>The soft shadow of a cloud.</summary>
internal struct ShadowPaint(FlowField field, float soft, float depth) : IPixelPaint
{
    public readonly float Cover(int i, float x, float y, float texel) => Step(soft, -soft, field.Edge[i]) * depth;

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under) => under * new Vector3(0.1f, 0.12f, 0.16f);
}
