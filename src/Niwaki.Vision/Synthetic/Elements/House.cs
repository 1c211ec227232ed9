using System.Numerics;

namespace Niwaki.Vision;

/// <summary>A building before it is drawn.</summary>
/// <param name="Center">Of its footprint.</param>
/// <param name="Axis">Of its longer side.</param>
/// <param name="HalfLength">Half the longer side, in metres.</param>
/// <param name="HalfWidth">Half the shorter side.</param>
/// <param name="Height">Of the walls.</param>
/// <param name="Roof">Its colour.</param>
/// <param name="Wall">Its colour.</param>
/// <param name="Rise">Of the ridge over the walls; 0 for a flat roof.</param>
/// <param name="Damaged">Broken or burnt.</param>
internal sealed record House(Vector2 Center, Vector2 Axis, float HalfLength, float HalfWidth, float Height, Vector3 Roof, Vector3 Wall, float Rise, bool Damaged)
{
    public Vector2 Side => new(-Axis.Y, Axis.X);

    public float Radius => MathF.Sqrt((HalfLength * HalfLength) + (HalfWidth * HalfWidth));
}
