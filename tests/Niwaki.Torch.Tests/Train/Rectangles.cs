namespace Niwaki.Torch.Tests;

/// <summary>Coloured rectangles on grey: what they are follows from their colour, up to noise.</summary>
internal sealed record Rectangles : DataSource
{
    private static readonly (byte R, byte G, byte B)[] Colors = [(110, 110, 110), (200, 60, 50), (50, 80, 200), (60, 190, 80)];

    public int Pictures { get; init; } = 24;

    public int ClassCount { get; init; } = 3;

    public int Drawn { get; init; } = 3;

    public string LastName { get; init; } = "last";

    public override IReadOnlyList<ClassInfo> Classes() =>
        [.. Enumerable.Range(0, ClassCount).Select(i => new ClassInfo(i == ClassCount - 1 ? LastName : $"class-{i}", "#808080"))];

    public override ISampleSet Open(Split split) => new Set(this, split == Split.Train ? 0 : 100_000, split == Split.Train ? Pictures : 8);

    public override string Digest() => ToString();

    private sealed class Set(Rectangles source, int first, int count) : ISampleSet
    {
        private const int Side = 32;

        public int Count => count;

        public Sample Load(int index)
        {
            var random = new Random(first + index);
            var labels = new byte[Side * Side];
            for (var shape = 0; shape < 3; shape++)
            {
                var (left, top, label) = (random.Next(Side - 8), random.Next(Side - 8), (byte)random.Next(1, Math.Min(source.Drawn, Colors.Length)));
                var (width, height) = (random.Next(8, 17), random.Next(8, 17));
                for (var y = top; y < Math.Min(Side, top + height); y++)
                {
                    for (var x = left; x < Math.Min(Side, left + width); x++)
                        labels[(y * Side) + x] = label;
                }
            }

            var pixels = new byte[Side * Side * 3];
            for (var i = 0; i < labels.Length; i++)
            {
                var (r, g, b) = Colors[labels[i]];
                pixels[3 * i] = (byte)(r + random.Next(-20, 21));
                pixels[(3 * i) + 1] = (byte)(g + random.Next(-20, 21));
                pixels[(3 * i) + 2] = (byte)(b + random.Next(-20, 21));
            }

            return new Sample($"{first + index}", new RgbImage(Side, Side, pixels), new LabelMap(Side, Side, labels));
        }

        public IReadOnlyList<long> ClassPixels(int index)
        {
            var counts = new long[source.ClassCount];
            foreach (var label in Load(index).Labels!.Labels)
                counts[label]++;
            return counts[..(Array.FindLastIndex(counts, count => count > 0) + 1)];        // as sets of files do
        }
    }
}
