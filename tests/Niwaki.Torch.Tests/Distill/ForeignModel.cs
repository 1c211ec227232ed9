using Niwaki.Vision;

namespace Niwaki.Torch.Tests;

/// <summary>A model of a kind that the Torch project does not know.</summary>
internal sealed record ForeignModel(string Folder) : Artifact(Folder), IModel;

/// <summary>Runs it.</summary>
internal sealed record ForeignEngine : Engine
{
    public override bool Runs(IModel model) => model is ForeignModel;

    public override ISegmenter Open(IModel model, Vocabulary vocabulary, int threads) =>
        new TorchEngine().Open(new TorchModel(model.Folder) { Digest = string.Empty, Lineage = [] }, vocabulary, threads);
}
