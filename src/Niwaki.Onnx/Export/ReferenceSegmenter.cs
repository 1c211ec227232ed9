using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>A network in plain loops: the truth where no engine for networks is at hand. Minutes for a large network.</summary>
internal sealed class ReferenceSegmenter : ISegmenter
{
    private readonly Architecture architecture;
    private readonly IReadOnlyDictionary<string, Weight> weights;

    public ReferenceSegmenter(TorchModel model, Vocabulary vocabulary)
    {
        architecture = model.Architecture(vocabulary);
        weights = model.Weights(vocabulary);
        var preprocess = model.Preprocess(vocabulary);
        Input = new Shape(1, 3, preprocess.Height, preprocess.Width);
    }

    public string Engine => "plain loops";

    public Shape Input { get; }

    public ModelCost Cost => CostOps.Of(architecture, Input[2], Input[3]);

    public Prediction Run(ReadOnlySpan<float> image)
    {
        var logits = ReferenceOps.Run(architecture, weights, new Weight(Input, image.ToArray()));
        var (height, width) = logits.Shape.Rank == 4 ? (logits.Shape[2], logits.Shape[3]) : (1, 1);
        return new Prediction(logits.Shape[1], height, width, Array.ConvertAll(logits.Values, value => (float)value), []);
    }

    public void Dispose()
    {
    }
}
