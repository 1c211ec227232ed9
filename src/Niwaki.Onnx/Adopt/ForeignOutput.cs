using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>What a graph of any origin gives, seen by running it once.</summary>
/// <param name="Name">The output that is the segmentation.</param>
/// <param name="Shape">Its sizes for one picture.</param>
/// <param name="Classes">How many classes it tells apart; <see langword="null"/> where labels alone come out.</param>
internal sealed record ForeignOutput(string Name, long[] Shape, int? Classes)
{
    // a size of the output over that of the picture, of both sides
    private const double AlikeSides = 0.05;
    private static readonly int[] ToFirst = [0, 3, 1, 2];

    /// <summary>Whether labels come out, and no scores.</summary>
    public bool IsLabels { get; private init; }

    /// <summary>Runs the graph once and looks.</summary>
    /// <param name="model">What can be run.</param>
    /// <param name="asked">The output that the user names, if any.</param>
    /// <param name="preprocess">The contract.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <exception cref="StageException">It does not run, or gives no scores and no labels.</exception>
    public static ForeignOutput Of(ModelProto model, string? asked, Preprocess preprocess, string where)
    {
        using var session = new OrtRuntime { Threads = Environment.ProcessorCount }.Open(WithScores(model, out var scores), where);
        using var options = new RunOptions();
        var (input, metadata) = session.InputMetadata.First();
        long[] shape = [Math.Max(1, metadata.Dimensions[0]), 3, preprocess.Height, preprocess.Width];
        using var picture = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, metadata.ElementDataType, shape);
        picture.GetTensorMutableRawData().Clear();
        var outputs = model.Graph.Output.Select(output => output.Name).ToArray();
        if (asked is not null && !outputs.Contains(asked))
            throw new StageException($"{where}: has no output {asked}; it has {string.Join(", ", outputs)}.");
        var name = asked ?? MainOutput.Of(session, Ends(model, outputs));
        string[] wanted = scores.TryGetValue(name, out var before) ? [name, before.Value] : [name];
        using var results = OrtRuntime.Guard(where, () => session.Run(options, [input], [picture], wanted));
        if (!results[0].IsTensor)
            throw new StageException($"{where}: its output {name} is no tensor. Export the network with scores [batch, classes, height, width] as output.");
        var type = results[0].GetTensorTypeAndShape();
        var sizes = type.Shape;
        return type.ElementDataType switch
        {
            TensorElementType.Float or TensorElementType.Float16 when sizes is [_, _, _, _] or [_, _] => new ForeignOutput(name, sizes, (int)sizes[1]),
            TensorElementType.UInt8 or TensorElementType.Int32 or TensorElementType.Int64 when sizes.Length is 3 or 4 =>
                new ForeignOutput(name, sizes, wanted.Length > 1 && results[1].GetTensorTypeAndShape().Shape is { Length: 4 } scored ? (int)scored[before.Axis] : null) { IsLabels = true },
            var other => throw new StageException($"{where}: its output {name} is {other} [{string.Join(", ", sizes)}]; scores [batch, classes, height, width] or a label map [batch, height, width] are needed. Export a segmentation network."),
        };
    }

    /// <summary>What a graph that cannot be run to its end says of its output.</summary>
    /// <exception cref="StageException">It says no sizes.</exception>
    public static ForeignOutput Declared(ModelProto model, string? asked, string where)
    {
        var output = asked is null ? model.Graph.Output[0] : model.Graph.Output.FirstOrDefault(each => each.Name == asked)
            ?? throw new StageException($"{where}: has no output {asked}; it has {string.Join(", ", model.Graph.Output.Select(each => each.Name))}.");
        long[] sizes = [.. output.Type?.TensorType?.Shape?.Dim.Select(dimension => dimension.DimValue) ?? []];
        var isFloat = output.Type?.TensorType?.ElemType is (int)TensorProto.Types.DataType.Float or (int)TensorProto.Types.DataType.Float16;
        return new ForeignOutput(output.Name, sizes, isFloat && sizes is [_, > 0, _, _] or [_, > 0] ? (int)sizes[1] : null);
    }

    /// <summary>The output that the kinds alone say is the segmentation.</summary>
    public static string ByKind(ModelProto model, string where)
    {
        using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL, Arena = false }.Open(model, where);
        return MainOutput.Of(session, session.OutputNames);
    }

    /// <summary>Turns an output with the channels last.</summary>
    /// <param name="model">Gets a Transpose at its end.</param>
    /// <param name="picture">The contract.</param>
    /// <param name="isInputLast">Whether its pictures had the channels last too.</param>
    /// <returns>The turned output; <see langword="null"/> where it has the channels first.</returns>
    public ForeignOutput? Turned(ModelProto model, Preprocess picture, bool isInputLast)
    {
        if (Shape is not [_, var one, var two, var three] || !Alike(one, two, picture) || (Alike(two, three, picture) && !isInputLast))
            return null;
        var index = new GraphIndex(model.Graph);
        if (index.Producer(Name) is not { } producer)
            return null;
        var last = index.Fresh($"{Name}_channels_last");
        producer.Output[producer.Output.IndexOf(Name)] = last;
        foreach (var reader in index.Consumers(Name))
            reader.ReplaceInput(Name, last);
        model.Graph.Node.Add(new NodeProto { OpType = "Transpose", Name = index.Fresh($"Transpose_{Name}"), Input = { last }, Output = { Name } }.With("perm", ToFirst));
        if (model.Graph.ValueInfo.FirstOrDefault(info => info.Name == Name) is { } known)
            model.Graph.ValueInfo.Remove(known);
        if (model.Graph.Output.First(output => output.Name == Name).Type?.TensorType is { Shape: { Dim.Count: 4 } said } type)
            type.Shape = new TensorShapeProto { Dim = { said.Dim[0].Clone(), said.Dim[3].Clone(), said.Dim[1].Clone(), said.Dim[2].Clone() } };
        return this with { Shape = [Shape[0], three, one, two], Classes = IsLabels ? Classes : (int)three };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";

    private static bool Alike(long rows, long columns, Preprocess picture) =>
        Math.Abs(((double)rows / picture.Height) - ((double)columns / picture.Width)) <= AlikeSides * Math.Max((double)rows / picture.Height, (double)columns / picture.Width);

    // what a product still comes behind is something from the inside rather than a result
    private static string[] Ends(ModelProto model, string[] outputs)
    {
        var index = new GraphIndex(model.Graph);
        var ends = outputs.Where(output => index.Producer(output) is not null && !LeadsToProduct(output, index)).ToArray();
        return ends.Length > 0 ? ends : outputs;
    }

    private static bool LeadsToProduct(string value, GraphIndex index)
    {
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var open = new Stack<string>([value]);
        while (open.TryPop(out var at))
        {
            foreach (var reader in index.Consumers(at).Where(seen.Add))
            {
                if (reader.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul")
                    return true;
                foreach (var output in reader.Output.Where(output => output.Length > 0))
                    open.Push(output);
            }
        }

        return false;
    }

    // an ArgMax over channels behind a label map tells how many classes there are
    private static ModelProto WithScores(ModelProto model, out Dictionary<string, (string Value, int Axis)> scores)
    {
        scores = new(StringComparer.Ordinal);
        var index = new GraphIndex(model.Graph);
        var exposed = model.Clone();
        foreach (var output in model.Graph.Output)
        {
            var node = index.Producer(output.Name);
            while (node is { OpType: "Cast" or "Squeeze" or "Reshape" or "Identity" or "Unsqueeze" })
                node = index.Producer(node.Input[0]);
            if (node is not { OpType: "ArgMax" } || node.Int("axis", 0) is not (1 or -3 or 3 or -1))
                continue;
            scores[output.Name] = (node.Input[0], node.Int("axis", 0) is 3 or -1 ? 3 : 1);
            if (!index.IsOutput(node.Input[0]) && exposed.Graph.Output.All(each => each.Name != node.Input[0]))
                exposed.Graph.Output.Add(new ValueInfoProto { Name = node.Input[0] });
        }

        return exposed;
    }
}
