namespace Niwaki.Vision.Tests;

/// <summary>A model of another kind than Niwaki's own: it labels by the strongest colour channel.</summary>
public sealed record ColorModel(string Folder) : Artifact(Folder), IModel
{
    /// <summary>Writes one.</summary>
    internal static ColorModel Write(string folder, Preprocess preprocess, int classes, Vocabulary vocabulary)
    {
        var partial = Directory.CreateDirectory(folder + ".partial").FullName;
        ModelFiles.WriteContract(partial, preprocess, [.. Enumerable.Range(0, classes).Select(i => new ClassInfo($"c{i}", "#123456"))], vocabulary);
        File.WriteAllBytes(Path.Combine(partial, "model.bin"), new byte[1234]);
        return ArtifactStore.Seal<ColorModel>(partial, folder, [], vocabulary);
    }
}

/// <summary>Runs it, at a quarter of the input's size.</summary>
public sealed record ColorEngine : Engine
{
    /// <inheritdoc/>
    public override bool Runs(IModel model) => model is ColorModel;

    /// <inheritdoc/>
    public override ISegmenter Open(IModel model, Vocabulary vocabulary, int threads) => new Segmenter(model.Preprocess(vocabulary));

    private sealed class Segmenter(Preprocess preprocess) : ISegmenter
    {
        public string Engine => "color 1.0";

        public Shape Input { get; } = new(1, 3, preprocess.Height, preprocess.Width);

        public ModelCost Cost { get; } = new(3, new Macs(3L * preprocess.Height * preprocess.Width / 16));

        public Prediction Run(ReadOnlySpan<float> image)
        {
            var (height, width) = (preprocess.Height / 4, preprocess.Width / 4);
            var scores = new float[3 * height * width];
            for (var i = 0; i < scores.Length; i++)
            {
                var (plane, y, x) = (i / (height * width), i / width % height, i % width);
                scores[i] = image[(plane * preprocess.Height + y * 4 + 2) * preprocess.Width + x * 4 + 2];
            }

            return new Prediction(3, height, width, scores, []);
        }

        public void Dispose()
        {
        }
    }
}
