namespace Niwaki.Vision;

/// <summary>A separable Gaussian over three planes, in place.</summary>
internal static class GaussianBlur
{
    public static void Apply(Span<float> planes, int width, int height, double sigma)
    {
        var radius = (int)Math.Ceiling(2.5 * sigma);
        var weights = new float[2 * radius + 1];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (float)Math.Exp(-(i - radius) * (i - radius) / (2 * sigma * sigma));
        var sum = weights.Sum();
        for (var i = 0; i < weights.Length; i++)
            weights[i] /= sum;
        var padded = new float[width + 2 * radius];
        var across = new float[width * height];
        for (var plane = 0; plane < 3; plane++)
        {
            var pixels = planes.Slice(plane * width * height, width * height);
            Array.Clear(across);
            for (var y = 0; y < height; y++)
            {
                var row = pixels.Slice(y * width, width);
                padded.AsSpan(0, radius).Fill(row[0]);
                row.CopyTo(padded.AsSpan(radius));
                padded.AsSpan(radius + width).Fill(row[^1]);
                for (var k = 0; k < weights.Length; k++)
                    Resampler.AddScaled(across.AsSpan(y * width, width), padded.AsSpan(k, width), weights[k]);
            }

            pixels.Clear();
            for (var y = 0; y < height; y++)
            {
                for (var k = 0; k < weights.Length; k++)
                    Resampler.AddScaled(pixels.Slice(y * width, width), across.AsSpan(Math.Clamp(y + k - radius, 0, height - 1) * width, width), weights[k]);
            }
        }
    }
}
