namespace Niwaki;

/// <summary>An ONNX graph with its contract: <c>model.onnx</c>, <c>preprocess.json</c>, <c>classes.json</c>.</summary>
public sealed record OnnxModel(string Folder) : Artifact(Folder), IModel
{
    /// <summary>File name of the graph.</summary>
    public const string GraphFile = "model.onnx";
}
