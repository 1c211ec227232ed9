using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>The land itself: class background.</summary>
internal struct GroundPaint : IPixelPaint
{
    private readonly GroundLook look;
    private readonly SceneLight light;
    private readonly NoiseField relief;
    private readonly NoiseField patches;
    private readonly NoiseField middle;
    private readonly NoiseField grain;
    private readonly NoiseField woods;
    private readonly NoiseField crowns;
    private readonly NoiseField kinds;
    private readonly Vector2 reliefStep;
    private readonly Vector2 middleStep;
    private readonly Vector2 crownStep;
    private readonly float reliefGain;
    private readonly Vector2 axis;
    private readonly Vector2 parcel;
    private readonly int salt;
    private readonly Vector3 snow;
    private readonly float slant;

    public GroundPaint(Scene scene, SceneRandom random)
    {
        look = scene.Ground;
        light = scene.Light;
        relief = scene.Relief;
        var span = scene.Camera.Span;
        patches = new NoiseField(NoiseTile.Clouds, random.Range(0.15f, 0.4f) * span, random);
        middle = new NoiseField(NoiseTile.Clouds, random.Range(3, 8), random);
        grain = new NoiseField(NoiseTile.Grain, random.Range(0.5f, 1.2f), random);
        woods = new NoiseField(NoiseTile.Clouds, random.Range(0.25f, 0.7f) * span, random);
        crowns = new NoiseField(NoiseTile.Bumps, look.Crown, random);
        kinds = new NoiseField(NoiseTile.CellValues, crowns);
        reliefStep = light.Direction * (0.05f * span);
        middleStep = light.Direction * 0.8f;
        crownStep = light.Direction * (0.22f * look.Crown);
        reliefGain = look.Relief * (light.Overcast ? 0.5f : 1.1f);
        axis = random.Direction();
        parcel = new Vector2(random.Range(14, 40), random.Range(30, 90));
        salt = (int)(random.Bits() & 0xFFFF);
        snow = random.Near(Rgb(0xe9edf2), 0.02f);
        slant = light.Overcast ? 0.35f : 1;
    }

    public readonly float Cover(int i, float x, float y, float texel) => 1;

    public readonly Vector3 Shade(int i, float x, float y, float texel, Vector3 under)
    {
        var height = relief.At(x, y);
        var slope = height - relief.At(x + reliefStep.X, y + reliefStep.Y);
        var near = middle.At(x, y);
        var fine = grain.At(x, y);
        var color = Mix(look.Low, look.High, Math.Clamp(height + ((near - 0.5f) * 0.5f), 0, 1));
        var patch = patches.At(x, y) + ((near - 0.5f) * 0.25f);
        color = Mix(color, look.Patch, Step(1 - look.PatchShare - 0.06f, 1 - look.PatchShare + 0.06f, patch));
        if (look.Parcels)
            color = Parcel(color, x, y, texel, near);
        var bump = near - middle.At(x + middleStep.X, y + middleStep.Y);
        var bright = 1 + (slope * reliefGain) + (bump * 1.6f * slant * look.Roughness) + ((fine - 0.5f) * look.Roughness);
        if (look.Forest > 0)
        {
            var wood = woods.At(x, y) + ((near - 0.5f) * 0.12f);
            var inside = Step(1 - look.Forest - 0.02f, 1 - look.Forest + 0.02f, wood);
            if (inside > 0)
            {
                var crown = crowns.At(x, y);
                var lit = crown - crowns.At(x + crownStep.X, y + crownStep.Y);
                var kind = kinds.Nearest(x, y);
                var tree = look.Trees * (0.35f + (0.65f * crown) + (lit * 0.8f * slant) + ((kind - 0.5f) * 0.35f) + ((fine - 0.5f) * 0.3f));
                tree += new Vector3(0.07f, 0.03f, -0.02f) * (kind - 0.5f);
                if (look.Snow > 0.5f)
                    tree = Mix(tree, snow * 0.9f, Step(0.55f, 0.9f, crown) * 0.5f);
                color = Mix(color * bright * (1 - (0.4f * slant)), tree * (1 + (slope * reliefGain * 0.7f)), inside);
                return look.Snow > 0 ? Snow(color, slope, bump, fine, near, height, 1 - (inside * 0.8f)) : color;
            }

            // the shadow of the wood's edge
            var shaded = Step(1 - look.Forest - 0.01f, 1 - look.Forest + 0.02f, woods.At(x + (crownStep.X * 3), y + (crownStep.Y * 3)));
            bright *= 1 - (0.4f * shaded * slant);
        }

        color *= bright;
        return look.Snow > 0 ? Snow(color, slope, bump, fine, near, height, 1) : color;
    }

    private readonly Vector3 Snow(Vector3 color, float slope, float bump, float fine, float near, float height, float most)
    {
        var cover = Step(1 - look.Snow - 0.08f, 1 - look.Snow + 0.05f, (height * 0.6f) + (near * 0.4f) - (MathF.Abs(slope) * 0.6f)) * most;
        if (look.Snow >= 0.97f)
            cover = MathF.Max(cover, 0.9f * most);
        var shade = 0.86f + (slope * reliefGain * 0.55f) + (bump * 0.22f * slant) + ((fine - 0.5f) * 0.03f);
        var white = Vector3.Lerp(new Vector3(0.72f, 0.8f, 0.95f), Vector3.One, Math.Clamp((shade - 0.55f) * 2.4f, 0, 1)) * snow * shade;
        return Mix(color, white, cover);
    }

    private readonly Vector3 Parcel(Vector3 color, float x, float y, float texel, float near)
    {
        var u = (x * axis.X) + (y * axis.Y) + (near * 1.2f);
        var v = (y * axis.X) - (x * axis.Y) + (near * 1.2f);
        var fu = MathF.Floor(u / parcel.X);
        var row = (int)fu;
        v += (SceneRandom.Hash(row, 1, salt) & 63) * 0.7f;
        var fv = MathF.Floor(v / parcel.Y);
        var hash = SceneRandom.Hash(row, (int)fv, salt);
        var tint = new Vector3(hash & 255, (hash >> 8) & 255, (hash >> 16) & 255) * (1 / 255f);
        var crop = (hash >> 24 & 7) switch
        {
            0 or 1 => Rgb(0xb59f62),
            2 => Rgb(0x76593c),
            3 => Rgb(0x4f7a30),
            4 => Rgb(0x93a04a),
            _ => color,
        };
        color = Mix(color, crop, 0.75f) * (0.88f + (0.2f * tint.X)) + ((tint - new Vector3(0.5f)) * 0.04f);
        var period = 1.6f + (tint.Y * 2.5f);
        var along = tint.Z > 0.5f ? u : v;
        var visible = Math.Clamp((period / texel / 3) - 0.5f, 0, 1) * 0.12f;
        color *= 1 + (visible * MathF.Sin(along * MathF.Tau / period));
        var border = MathF.Min((u / parcel.X - fu) * parcel.X, (v / parcel.Y - fv) * parcel.Y);
        if (border < 1.4f)
            color = Mix((hash >> 27 & 3) == 0 ? look.Trees * 0.8f : look.Low * 0.85f, color, Math.Clamp(border / 1.4f, 0, 1) * 0.6f);
        return color;
    }
}
