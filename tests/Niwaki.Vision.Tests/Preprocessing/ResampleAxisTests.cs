namespace Niwaki.Vision.Tests;

public sealed class ResampleAxisTests
{
    [Theory]
    [InlineData(Interpolation.Bilinear, "bilinear", 13, 11)]
    [InlineData(Interpolation.Bilinear, "bilinear", 4, 3)]
    [InlineData(Interpolation.Bilinear, "bilinear", 7, 9)]
    [InlineData(Interpolation.Bilinear, "bilinear", 3, 6)]
    [InlineData(Interpolation.Bicubic, "bicubic", 13, 11)]
    [InlineData(Interpolation.Bicubic, "bicubic", 4, 3)]
    [InlineData(Interpolation.Bicubic, "bicubic", 7, 9)]
    [InlineData(Interpolation.Bicubic, "bicubic", 3, 6)]
    public void Weights_are_those_of_antialiased_resizing_elsewhere(Interpolation interpolation, string name, int height, int width)
    {
        var io = SafeTensors.Read(Path.Combine(Shared.Golden("interpolation"), "io.safetensors"));
        var (map, expected) = (io["input.map"].Values, io[$"output.{name}.antialias.{height}x{width}"].Values);
        var down = ResampleAxis.Of(interpolation, 7, 0, height, height);
        var across = ResampleAxis.Of(interpolation, 5, 0, width, width);
        for (var i = 0; i < expected.Length; i++)
        {
            var (plane, y, x) = (i / (height * width), i / width % height, i % width);
            var sum = 0d;
            for (var ky = 0; ky < down.Taps; ky++)
            {
                for (var kx = 0; kx < across.Taps; kx++)
                    sum += down.Weights[y * down.Taps + ky] * across.Weights[x * across.Taps + kx] * map[(plane * 7 + down.Start[y] + ky) * 5 + across.Start[x] + kx];
            }

            Assert.Equal(expected[i], sum, 1e-5); // both sides hold their weights in float32
        }
    }
}
