using System.Numerics;
using static Niwaki.Vision.Colors;

namespace Niwaki.Vision;

/// <summary>What air, lens and sensor do to a picture: haze, shadows of clouds, blur, vignetting, colour cast, noise.</summary>
internal static class SceneLens
{
    public static byte[] Develop(Scene scene, SceneRandom random)
    {
        var canvas = scene.Canvas;
        var (width, height) = (canvas.Width, canvas.Height);
        var haze = Math.Clamp(scene.Haze + (random.Chance(0.3f) ? random.Range(0.05f, 0.35f) : random.Range(0, 0.06f)), 0, 0.6f);
        var air = Mix(Rgb(0xb9c4cf), Rgb(0xc9c2b4), random.Next());
        var blur = random.Chance(0.55f) ? random.Range(0, 0.12f) : random.Range(0.12f, 0.3f);
        var vignette = random.Chance(0.6f) ? random.Range(0, 0.35f) : 0;
        var gain = scene.Light.Tint * scene.Exposure * random.Range(0.82f, 1.18f);
        gain *= new Vector3(random.Range(0.95f, 1.05f), 1, random.Range(0.95f, 1.05f));
        var contrast = random.Range(0.85f, 1.25f);
        var saturation = random.Range(0.7f, 1.2f);
        var noise = random.Chance(0.5f) ? random.Range(0.005f, 0.02f) : random.Range(0.015f, 0.032f);
        var clouds = random.Chance(0.15f) && !scene.Light.Overcast;
        var shade = new NoiseField(NoiseTile.Clouds, random.Range(0.5f, 1.2f) * scene.Camera.Span, random);
        var grain = random.Fork();

        var pixels = new byte[width * height * 3];
        var linear = canvas.Linear();
        var far = canvas.Texel[0] - canvas.Texel[height - 1];
        for (var row = 0; row < height; row++)
        {
            var depth = far > 1e-4f ? (canvas.Texel[row] - canvas.Texel[height - 1]) / canvas.Texel[height / 2] : 0;
            var fog = Math.Clamp(haze * (0.6f + (0.6f * depth)), 0, 0.75f);
            var (up, down) = (Math.Max(row - 1, 0) * width, Math.Min(row + 1, height - 1) * width);
            for (var column = 0; column < width; column++)
            {
                var i = (row * width) + column;
                var color = linear[i];
                if (blur > 0.02f)
                {
                    var (left, right) = (Math.Max(column - 1, 0), Math.Min(column + 1, width - 1));
                    var around = linear[up + column] + linear[down + column] + linear[(row * width) + left] + linear[(row * width) + right];
                    var corners = linear[up + left] + linear[up + right] + linear[down + left] + linear[down + right];
                    color = (color + (around * blur) + (corners * (blur * 0.5f))) * (1 / (1 + (6 * blur)));
                }

                if (clouds)
                    color *= 1 - (0.45f * Step(0.62f, 0.8f, shade.At(canvas.X[i], canvas.Y[row])));
                color = Mix(color, air, fog);
                color *= gain;
                var grey = Vector3.Dot(color, new Vector3(0.3f, 0.59f, 0.11f));
                color = Vector3.Lerp(new Vector3(grey), color, saturation);
                color = ((color - new Vector3(0.45f)) * contrast) + new Vector3(0.45f);
                var (dx, dy) = (((column + 0.5f) / width) - 0.5f, ((row + 0.5f) / height) - 0.5f);
                color *= 1 - (vignette * 2 * ((dx * dx) + (dy * dy)));
                var bits = grain.Bits();
                var level = noise * (0.6f + grey);
                color += new Vector3(Bell(bits), Bell(bits >> 20), Bell(bits >> 40)) * level;
                color = (Vector3.Clamp(color, Vector3.Zero, Vector3.One) * 255) + new Vector3(0.5f);
                (pixels[i * 3], pixels[(i * 3) + 1], pixels[(i * 3) + 2]) = ((byte)color.X, (byte)color.Y, (byte)color.Z);
            }
        }

        return pixels;
    }

    /// <summary>The sum of two 10-bit uniforms: close enough to a bell, from 20 bits.</summary>
    private static float Bell(ulong bits) => ((float)((bits & 1023) + ((bits >> 10) & 1023)) - 1023) * (2.45f / 1023);
}
