using System.Numerics;

namespace Niwaki.Vision;

/// <summary>What covers the ground pixel by pixel. Structs, so that the loop over the pixels is compiled for each.</summary>
internal interface IPixelPaint
{
    /// <summary>How much of the pixel is covered, 0 to 1; from a half on it has the label.</summary>
    float Cover(int i, float x, float y, float texel);

    /// <summary>The colour of the pixel where it is covered.</summary>
    Vector3 Shade(int i, float x, float y, float texel, Vector3 under);
}
