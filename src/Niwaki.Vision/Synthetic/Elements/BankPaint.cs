using System.Numerics;

namespace Niwaki.Vision;

/// <summary>The strip of sand, mud or gravel beside something that flows, or scorched ground: no class of its own.</summary>
internal struct BankPaint(byte[] labels, FlowField field, NoiseField noise, Vector3 color, float width, float strength) : IPixelPaint
{
    public readonly float Cover(int i, float x, float y, float texel)
    {
        var edge = field.Edge[i];
        if (edge > width * 1.6f || labels[i] != LpcvClasses.Background)
            return 0;
        return Math.Clamp(1 - ((edge + ((noise.At(x, y) - 0.5f) * 1.4f * width)) / width), 0, 1) * strength;
    }

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under) =>
        color * (0.8f + (0.4f * noise.At(x * 2.3f, y * 2.3f)));
}
