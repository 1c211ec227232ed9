namespace Niwaki;

/// <summary>
/// A network that can be trained and changed: <c>architecture.json</c>, <c>weights.safetensors</c>, <c>preprocess.json</c>,
/// <c>classes.json</c>.
/// </summary>
public sealed record TorchModel(string Folder) : Artifact(Folder), IModel
{
    /// <summary>File name of the architecture.</summary>
    public const string ArchitectureFile = "architecture.json";

    /// <summary>File name of the parameters and buffers.</summary>
    public const string WeightsFile = "weights.safetensors";

    /// <summary>File name of the training curves, a <see cref="CurvePoint"/> a line; only where the model was trained.</summary>
    public const string CurvesFile = "curves.jsonl";
}
