using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch.Tests;

public sealed class TorchEngineTests
{
    private static readonly Vocabulary Vocabulary = new(typeof(Engine).Assembly, typeof(TorchEngine).Assembly);

    private static readonly Architecture Tiny = new(new SwinBackbone([SwinStage.Uniform(8, 2, 2, 4), SwinStage.Uniform(16, 2, 2, 4)]), new UperNetHead(8), 3);

    [Fact]
    public void The_engine_of_a_network_is_found_and_gives_the_network_s_own_numbers()
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-engine-").FullName;
        try
        {
            using var network = Network.Create(Tiny, 24, 32, seed: 4);
            ModelFiles.WriteNetwork(folder, Tiny, network.Weights(), new Preprocess(32, 24), [new("a", "#000000"), new("b", "#ff0000"), new("c", "#00ff00")], Vocabulary);
            var model = new TorchModel(folder) { Digest = "d", Lineage = [] };
            var image = Enumerable.Range(0, 3 * 24 * 32).Select(i => MathF.Sin(i)).ToArray();

            using var segmenter = Engine.For(model, Vocabulary).Open(model, Vocabulary, threads: 1);
            var prediction = segmenter.Run(image);

            using var tensor = torch.tensor(image).reshape(1, 3, 24, 32);
            using var logits = network.Forward(tensor);
            Assert.Equal((3, 6, 8), (prediction.Classes, prediction.Height, prediction.Width));
            Assert.Equal(logits.data<float>().ToArray(), prediction.Scores);
            Assert.Equal(network.Parameters.Sum(parameter => parameter.Spec.Shape.Elements), segmenter.Cost.Parameters);
            Assert.True(segmenter.Cost.Macs.Value > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
