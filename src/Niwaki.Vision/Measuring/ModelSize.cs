namespace Niwaki.Vision;

/// <summary>The bytes that a model brings to a device.</summary>
internal static class ModelSize
{
    /// <summary>The graph or the weights; of an unknown kind of model, all files but JSON.</summary>
    public static Bytes Of(IModel model)
    {
        var files = model switch
        {
            OnnxModel onnx => [onnx.PathOf(OnnxModel.GraphFile)],
            TorchModel torch => [torch.PathOf(TorchModel.WeightsFile)],
            _ => Directory.EnumerateFiles(model.Folder).Where(path => !Path.GetExtension(path).StartsWith(".json", StringComparison.Ordinal)),
        };
        return new Bytes(files.Sum(path => new FileInfo(path).Length));
    }
}
