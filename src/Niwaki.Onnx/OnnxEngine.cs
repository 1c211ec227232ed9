using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>Runs ONNX graphs on ONNX Runtime.</summary>
public sealed record OnnxEngine : Engine
{
    /// <inheritdoc/>
    public override bool Runs(IModel model) => model is OnnxModel;

    /// <inheritdoc/>
    public override ISegmenter Open(IModel model, Vocabulary vocabulary, int threads)
    {
        var preprocess = model.Preprocess(vocabulary);
        var path = Path.Combine(model.Folder, OnnxModel.GraphFile);
        return new OnnxSegmenter(path, preprocess.Height, preprocess.Width, model.Classes(vocabulary).Count, new OrtRuntime { Threads = threads, SpinsBetweenRuns = true });
    }
}
