using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Tensors whose bytes lie in another file of the model's folder.</summary>
internal static class ExternalTensors
{
    private const int Page = 4096;
    private const int LeastOutside = 1024;

    /// <summary>Reads them into the graph.</summary>
    /// <exception cref="StageException">The file is missing, too short, or outside of the model's folder.</exception>
    public static void BringIn(ModelProto model, string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (var tensor in model.Graph.Initializer.Concat(model.Graph.Node.SelectMany(node => node.Attribute).Select(attribute => attribute.T).OfType<TensorProto>()).Where(each => each.DataLocation == TensorProto.Types.DataLocation.External))
        {
            var location = Entry(tensor, "location") ?? throw new StageException($"{path}: {tensor.Name} lies in another file, but does not say in which.");
            var file = Path.GetFullPath(Path.Combine(folder, location));
            if (!file.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
                throw new StageException($"{path}: {tensor.Name} lies in '{location}', outside of the model's folder. Put the file beside the model.");
            if (!File.Exists(file))
                throw new StageException($"{path}: {tensor.Name} lies in '{location}', which is missing. Copy it beside the model.");
            using var stream = File.OpenRead(file);
            var offset = Number(tensor, "offset", path) ?? 0;
            var length = Number(tensor, "length", path) ?? (stream.Length - offset);
            if (offset < 0 || length < 0 || length > Array.MaxLength || offset > stream.Length - length)
                throw new StageException($"{file}: has {stream.Length} bytes, but {tensor.Name} takes {length} from byte {offset}. The file is cut: copy it again.");
            var bytes = new byte[length];
            stream.Position = offset;
            stream.ReadExactly(bytes);
            tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
            tensor.ExternalData.Clear();
            tensor.ClearDataLocation();
            TensorValues.Check(tensor, path);
        }
    }

    /// <summary>Bytes of the weights that are in the graph itself.</summary>
    public static long BytesInside(ModelProto model) => model.Graph.Initializer.Sum(tensor => tensor.HasRawData ? (long)tensor.RawData.Length : 0);

    /// <summary>Writes the large weights of a graph into a file beside it.</summary>
    /// <param name="model">It is not changed.</param>
    /// <param name="path">Where the graph will be.</param>
    /// <returns>The graph with references in place of the weights.</returns>
    /// <exception cref="StageException">The disk is full.</exception>
    public static ModelProto TakeOut(ModelProto model, string path)
    {
        var location = $"{Path.GetFileName(path)}.data";
        var light = model.Clone();
        AtomicFile.Write(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, location), stream =>
        {
            foreach (var tensor in light.Graph.Initializer.Where(tensor => tensor.HasRawData && tensor.RawData.Length >= LeastOutside))
            {
                // runtimes map whole pages
                stream.Position = (stream.Position + Page - 1) / Page * Page;
                tensor.ExternalData.Add([Entry("location", location), Entry("offset", $"{stream.Position}"), Entry("length", $"{tensor.RawData.Length}")]);
                stream.Write(tensor.RawData.Span);
                tensor.ClearRawData();
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
            }
        });
        return light;

        static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
    }

    /// <summary>Copies the files that a graph keeps tensors in beside another one.</summary>
    /// <param name="model">Its references follow.</param>
    /// <param name="path">Where it lies.</param>
    /// <param name="target">Where the other one will be.</param>
    /// <returns>Whether there are any.</returns>
    public static bool CopyFiles(ModelProto model, string path, string target)
    {
        var (from, to) = (Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetDirectoryName(Path.GetFullPath(target))!);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in model.Graph.Initializer.Where(each => each.DataLocation == TensorProto.Types.DataLocation.External).SelectMany(each => each.ExternalData).Where(entry => entry.Key == "location"))
        {
            if (!names.TryGetValue(entry.Value, out var name))
            {
                names[entry.Value] = name = $"{Path.GetFileName(target)}.data{(names.Count == 0 ? string.Empty : $".{names.Count}")}";
                using var weights = File.OpenRead(Path.Combine(from, entry.Value));
                AtomicFile.Write(Path.Combine(to, name), weights.CopyTo);
            }

            entry.Value = name;
        }

        return names.Count > 0;
    }

    /// <summary>The files beside a graph that it keeps tensors in, each once, where they exist.</summary>
    public static IEnumerable<string> Files(ModelProto model, string path) =>
        model.Graph.Initializer.Where(each => each.DataLocation == TensorProto.Types.DataLocation.External)
            .Select(each => Entry(each, "location")).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(location => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, location)).Where(File.Exists);

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.FirstOrDefault(entry => entry.Key == key)?.Value;

    private static long? Number(TensorProto tensor, string key, string path) =>
        Entry(tensor, key) is not { } text ? null
        : long.TryParse(text, out var number) ? number
        : throw new StageException($"{path}: {tensor.Name} gives '{text}' as {key}, which is no number.");
}
