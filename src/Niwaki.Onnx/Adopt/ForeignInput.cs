using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>The picture that a graph of any origin takes.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="TakesBytes">Whether it took whole numbers from 0 to 255, as float32 now.</param>
/// <param name="Done">What was changed in the graph, for people.</param>
internal sealed record ForeignInput(int Width, int Height, bool TakesBytes, IReadOnlyList<string> Done)
{
    /// <summary>Whether the graph is another one now.</summary>
    public bool Changed { get; private init; }

    /// <summary>Whether its pictures had the channels last.</summary>
    public bool WasLast { get; private init; }

    private static readonly int[] ToLast = [0, 2, 3, 1];

    /// <summary>
    /// Finds the one picture, fixes the sizes that the graph leaves open, and writes pictures with the channels last, or of whole numbers,
    /// as every other model takes them.
    /// </summary>
    /// <param name="model">Its input is changed where it leaves a size open or takes other pictures.</param>
    /// <param name="options">Where the user gives sizes.</param>
    /// <param name="said">What the file itself says.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <exception cref="StageException">It takes something else, or no size is known.</exception>
    public static ForeignInput Fix(ModelProto model, Adopt options, Preprocess? said, string where)
    {
        var done = new List<string>();
        var only = Only(model, where, done);
        var type = only.Type.TensorType;
        var isBytes = (DataType)type.ElemType == DataType.Uint8;
        if (type.ElemType is not ((int)DataType.Float or (int)DataType.Float16) && !isBytes)
            throw new StageException($"{where}: its input {only.Name} is {(DataType)type.ElemType}; pictures of float, float16 or uint8 can be given. Export it with a float input.");
        var changed = done.Count > 0;
        if (type.Shape is null)
        {
            type.Shape = new TensorShapeProto { Dim = { Open(), Fixed(3), Open(), Open() } };
            changed = true;
        }

        var shape = type.Shape;
        if (shape.Dim.Count != 4)
            throw new StageException($"{where}: its input {only.Name} has {shape.Dim.Count} dimensions; [batch, 3, height, width] is needed. Export a network for pictures.");
        // some exporters write 0 or -1 where they mean any number
        foreach (var dimension in shape.Dim.Where(dimension => dimension.HasDimValue && dimension.DimValue < 1))
        {
            dimension.ClearValue();
            changed = true;
        }

        var isLast = shape.Dim[3].DimValue == 3 && shape.Dim[1].DimValue != 3;
        if (shape.Dim[isLast ? 3 : 1].DimValue is not (0 or 3) and var channels)
            throw new StageException($"{where}: its input {only.Name} is [{Print(shape)}]; it has {channels} channels, but pictures have 3 (red, green, blue). Export it with three channels first: [batch, 3, height, width].");
        var (rows, columns) = isLast ? (1, 2) : (2, 3);
        var height = Side(shape.Dim[rows].DimValue, options.Height, said?.Height, "height", only.Name, shape, where);
        var width = Side(shape.Dim[columns].DimValue, options.Width, said?.Width, "width", only.Name, shape, where);
        if (shape.Dim.Skip(1).Any(dimension => dimension.DimValue == 0))
        {
            (shape.Dim[isLast ? 3 : 1], shape.Dim[rows], shape.Dim[columns]) = (Fixed(3), Fixed(height), Fixed(width));
            Forget(model, shape.Dim[0].DimParam);
            changed = true;
        }

        if (isLast || isBytes)
        {
            done.Add($"Its input {only.Name} was [{Print(shape)}] of {(DataType)type.ElemType}; now it takes [{Print(Turned(shape, isLast))}] of Float{(isBytes ? ", numbers from 0 to 255" : string.Empty)}.");
            TakeUsual(model, only, isLast, isBytes);
        }

        return new ForeignInput(width, height, isBytes, done) { Changed = changed || isLast || isBytes, WasLast = isLast };
    }

    private static ValueInfoProto Only(ModelProto model, string where, List<string> done)
    {
        var inputs = GraphShapes.Inputs(model.Graph).ToArray();
        if (inputs.Length > 1)
        {
            var read = model.Graph.Node.SelectMany(GraphIndex.Reads).Concat(model.Graph.Output.Select(output => output.Name)).ToHashSet(StringComparer.Ordinal);
            var unread = inputs.Where(input => !read.Contains(input.Name)).ToArray();
            inputs = [.. inputs.Except(unread)];
            if (inputs.Length == 1 && unread.Length > 0)
            {
                unread.ToList().ForEach(input => model.Graph.Input.Remove(input));
                done.Add($"Nothing reads its input {string.Join(", ", unread.Select(input => input.Name))}, which is left out.");
            }
        }

        return inputs is [{ Type.TensorType: not null } only]
            ? only
            : throw new StageException($"{where}: takes {inputs.Length} inputs ({string.Join(", ", inputs.Select(each => each.Name))}); one picture [batch, 3, height, width] is needed. Export the network with the picture as its only input.");
    }

    // whatever reads the input reads what these nodes make of it
    private static void TakeUsual(ModelProto model, ValueInfoProto input, bool isLast, bool isBytes)
    {
        var index = new GraphIndex(model.Graph);
        var readers = index.Consumers(input.Name);
        var added = new List<NodeProto>();
        var value = input.Name;
        if (isLast)
            Add("Transpose", "channels_last").With("perm", ToLast);
        // a conversion to float takes a float as well
        if (isBytes && readers.Any(reader => reader.OpType != "Cast" || reader.Int("to", 0) != (int)DataType.Float))
        {
            Add("Round", "whole");
            Add("Cast", "bytes").With("to", (long)DataType.Uint8);
        }

        if (value != input.Name)
        {
            foreach (var reader in readers)
                reader.ReplaceInput(input.Name, value);
        }

        for (var i = added.Count - 1; i >= 0; i--)
            model.Graph.Node.Insert(0, added[i]);
        var type = input.Type.TensorType;
        type.Shape = Turned(type.Shape, isLast);
        if (isBytes)
            type.ElemType = (int)DataType.Float;

        NodeProto Add(string op, string name)
        {
            var output = index.Fresh($"{input.Name}_{name}");
            var node = new NodeProto { OpType = op, Name = index.Fresh($"{op}_{output}"), Input = { value }, Output = { output } };
            added.Add(node);
            value = output;
            return node;
        }
    }

    private static TensorShapeProto Turned(TensorShapeProto shape, bool isLast) => isLast
        ? new TensorShapeProto { Dim = { shape.Dim[0].Clone(), shape.Dim[3].Clone(), shape.Dim[1].Clone(), shape.Dim[2].Clone() } }
        : shape.Clone();

    // what was inferred for open sizes would contradict fixed ones
    private static void Forget(ModelProto model, string batch)
    {
        model.Graph.ValueInfo.Clear();
        foreach (var dimension in model.Graph.Output.Where(output => output.Type?.TensorType?.Shape is not null).SelectMany(output => output.Type.TensorType.Shape.Dim))
        {
            if (dimension.DimValue == 0 && dimension.DimParam.Length > 0 && dimension.DimParam != batch)
                dimension.ClearValue();
        }
    }

    private static int Side(long given, int? asked, int? said, string name, string input, TensorShapeProto shape, string where)
    {
        if (given > 0 && asked is { } other && other != given)
            throw new StageException($"{where}: its input {input} has the fixed {name} {given}, but {other} was asked for. Leave it out, or export the network at {other}.");
        return given is > 0 and <= int.MaxValue ? (int)given
            : asked ?? said ?? throw new StageException($"{where}: its input {input} [{Print(shape)}] leaves its {name} open. Give it: --preprocess '{{\"width\": 512, \"height\": 512}}' (of adopt: --width 512 --height 512); the graph is then fixed to that size.");
    }

    private static string Print(TensorShapeProto shape) => string.Join(", ", shape.Dim.Select(dimension => dimension.DimValue > 0 ? $"{dimension.DimValue}" : dimension.DimParam is { Length: > 0 } name ? name : "?"));

    private static TensorShapeProto.Types.Dimension Open() => new();

    private static TensorShapeProto.Types.Dimension Fixed(int size) => new() { DimValue = size };
}
