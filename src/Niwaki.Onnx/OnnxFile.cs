using Google.Protobuf;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>ONNX files. Unknown fields survive reading and writing; the same graph gives the same bytes.</summary>
internal static class OnnxFile
{
    /// <summary>Protocol buffers cannot hold more in one message.</summary>
    private const long MaxBytes = int.MaxValue;

    /// <summary>Bytes of weights that fit into one file, with room for the nodes.</summary>
    public const long MostInside = MaxBytes - (64L << 20);

    /// <summary>Reads a graph; tensors kept in files beside it are brought in.</summary>
    /// <exception cref="StageException">Missing, cut, too large, or no ONNX graph.</exception>
    public static ModelProto Read(string path)
    {
        var model = Parse(path);
        ExternalTensors.BringIn(model, path);
        return model;
    }

    /// <summary>Reads a graph; tensors in other files stay there.</summary>
    /// <exception cref="StageException">Missing, cut, too large, or no ONNX graph.</exception>
    public static ModelProto Parse(string path)
    {
        if (!File.Exists(path))
            throw new StageException(Directory.Exists(path) ? $"{path}: is a folder. Give the ONNX file in it." : $"{path}: there is no such file.");
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > MaxBytes)
                throw new StageException($"{path}: has {new Bytes(stream.Length)}; an ONNX file may have at most {new Bytes(MaxBytes)} (larger weights belong in files beside it).");
            var model = ModelProto.Parser.ParseFrom(stream);
            Check(model, path);
            return model;
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new StageException($"{path}: is not a whole ONNX file ({problem.Message.TrimEnd('.')}). It is cut, damaged or of another format: copy or export it again.", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be read ({problem.Message}).", problem);
        }
    }

    /// <summary>Writes a graph, whole or not at all; weights that one file cannot hold go into a file beside it, <c>NAME.data</c>.</summary>
    /// <exception cref="StageException">The disk is full, or the graph is larger than an ONNX file may be even without its weights.</exception>
    public static void Write(string path, ModelProto model) => Write(path, model, MostInside);

    /// <summary>Writes a graph whose weights stay inside as long as they have at most <paramref name="most"/> bytes.</summary>
    internal static void Write(string path, ModelProto model, long most)
    {
        if (ExternalTensors.BytesInside(model) > most)
            model = ExternalTensors.TakeOut(model, path);
        if (model.CalculateSize() < 0)
            throw new StageException($"{path}: the graph is larger than {new Bytes(MaxBytes)}, which an ONNX file may have at most.");
        AtomicFile.Write(path, model.WriteTo);
    }

    /// <summary>Copies a graph to a file of another name, with the weights that it keeps beside it.</summary>
    /// <exception cref="StageException">The disk is full.</exception>
    public static void Copy(string path, string target)
    {
        var model = Parse(path);
        if (ExternalTensors.CopyFiles(model, path, target))
            AtomicFile.Write(target, model.WriteTo);
        else
            AtomicFile.Write(target, stream => CopyTo(path, stream));

        static void CopyTo(string path, FileStream stream)
        {
            using var graph = File.OpenRead(path);
            graph.CopyTo(stream);
        }
    }

    private static void Check(ModelProto model, string path)
    {
        if (!model.HasIrVersion || model.Graph is null || model.Graph.Node.Count == 0 || model.Graph.Output.Count == 0)
            throw new StageException($"{path}: holds no ONNX graph (an IR version, nodes and outputs are needed). It is cut or of another format: copy or export it again.");
        if (model.OpsetImport.Count == 0)
            throw new StageException($"{path}: names no operator set. It is cut: copy or export it again.");
        foreach (var tensor in model.Graph.Initializer)
            TensorValues.Check(tensor, path);
    }
}
