using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>How a settlement builds.</summary>
internal sealed class HouseStyle
{
    private readonly Vector3[] roofs;
    private readonly float gables;
    private readonly float size;
    private readonly float floors;

    public HouseStyle(SceneRandom random)
    {
        switch (random.Int(5))
        {
            case 0: // tiled town
                roofs = [Rgb(0xa4563a), Rgb(0x8e4a35), Rgb(0xb36a4a), Rgb(0x7d4a3a), Rgb(0x77706a)];
                (gables, size, floors) = (0.9f, 5.5f, 2);
                break;
            case 1: // slate suburb
                roofs = [Rgb(0x5d5f66), Rgb(0x77757a), Rgb(0x8c8580), Rgb(0x6b5a50), Rgb(0x4f5a66)];
                (gables, size, floors) = (0.85f, 6, 1.6f);
                break;
            case 2: // concrete town
                roofs = [Rgb(0xb5b0a6), Rgb(0x9d9a94), Rgb(0xc9c3b6), Rgb(0x8a857d), Rgb(0xa89a86)];
                (gables, size, floors) = (0.1f, 7, 3.2f);
                break;
            case 3: // tin roofs
                roofs = [Rgb(0x9aa5ad), Rgb(0x7d5a48), Rgb(0xb7bcc0), Rgb(0x5f7f9a), Rgb(0x8a6a55)];
                (gables, size, floors) = (0.65f, 4.2f, 1.1f);
                break;
            default: // halls and blocks
                roofs = [Rgb(0xb9b9b5), Rgb(0x8f9296), Rgb(0xd2d0ca), Rgb(0x6d7c86), Rgb(0x9c8b78)];
                (gables, size, floors) = (0.25f, 10, 2.4f);
                break;
        }

        Plot = size * random.Range(2.6f, 3.6f);
    }

    /// <summary>Metres of road for each house.</summary>
    public float Plot { get; }

    public House Build(SceneRandom random, Vector2 axis, bool damaged)
    {
        var halfWidth = size * random.Range(0.6f, 0.95f);
        var halfLength = halfWidth * random.Range(1, 1.9f);
        var roof = random.Near(random.Pick<Vector3>(roofs), 0.06f);
        var wall = random.Near(random.Pick<Vector3>([Rgb(0xd3cab8), Rgb(0xb8a88f), Rgb(0xc7c7c4), Rgb(0xa3786a), Rgb(0xded6c4)]), 0.06f);
        var height = MathF.Max(2.6f, 3 * floors * random.Range(0.6f, 1.5f));
        var gable = random.Chance(gables);
        return new House(default, random.Chance(0.75f) ? axis : new Vector2(-axis.Y, axis.X), halfLength, halfWidth, height, roof, wall, gable ? halfWidth * random.Range(0.45f, 0.85f) : 0, damaged);
    }
}
