namespace Niwaki.Vision;

/// <summary>What is run again and again while time, memory or energy is read.</summary>
/// <param name="Inputs">Preprocessed pictures.</param>
/// <param name="Encoded">The same pictures as JPEG files in memory; empty without a dataset.</param>
internal sealed record Workload(IReadOnlyList<float[]> Inputs, IReadOnlyList<byte[]> Encoded)
{
    private const int Pictures = 8;

    public static Workload Of(Preprocess preprocess, ISampleSet? set, int seed)
    {
        if (set is not null)
        {
            var images = Enumerable.Range(0, Math.Min(Pictures, set.Count)).Select(i => set.Load((int)((long)i * set.Count / Math.Min(Pictures, set.Count))).Image).ToArray();
            return new Workload([.. images.Select(preprocess.Apply)], [.. images.Select(image => ImageCodec.EncodeJpeg(image))]);
        }

        var random = new RandomStream(seed, 0);
        var noise = new float[3 * preprocess.Height * preprocess.Width];
        for (var i = 0; i < noise.Length; i++)
            noise[i] = (float)random.Uniform(-2, 2);
        return new Workload([noise], []);
    }
}
