using Niwaki.Vision;
using TorchSharp;

namespace Niwaki.Torch;

/// <summary>Runs networks on libtorch.</summary>
public sealed record TorchEngine : Engine
{
    /// <inheritdoc/>
    public override bool Runs(IModel model) => model is TorchModel;

    /// <inheritdoc/>
    public override ISegmenter Open(IModel model, Vocabulary vocabulary, int threads) =>
        new Segmenter(Network.Load((TorchModel)model, vocabulary), threads);

    private sealed class Segmenter(Network network, int threads) : ISegmenter
    {
        // the number of threads is the process's: whoever trains after a measurement wants its own back
        private readonly int threadsBefore = torch.get_num_threads();

        public string Engine { get; } = $"torch {LibTorch.Load()}";

        public Shape Input { get; } = new(1, 3, network.Height, network.Width);

        public ModelCost Cost { get; } = CostOps.Of(network.Architecture, network.Height, network.Width);

        public Prediction Run(ReadOnlySpan<float> image)
        {
            if (image.Length != Input.Elements)
                throw new ArgumentException($"{image.Length} values do not fill {Input}.", nameof(image));
            torch.set_num_threads(threads);
            using var inference = torch.inference_mode();
            using var scope = torch.NewDisposeScope();
            var logits = network.Forward(TensorCopies.FloatsOf(image, [1, 3, network.Height, network.Width]));
            var height = logits.dim() == 4 ? (int)logits.shape[2] : 1;                  // a classifier labels the whole picture
            var width = logits.dim() == 4 ? (int)logits.shape[3] : 1;
            return new Prediction((int)logits.shape[1], height, width, logits.contiguous().data<float>().ToArray(), []);
        }

        public void Dispose()
        {
            torch.set_num_threads(threadsBefore);
            network.Dispose();
        }
    }
}
