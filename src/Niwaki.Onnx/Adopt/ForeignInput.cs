using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>The picture that a graph of any origin takes.</summary>
internal static class ForeignInput
{
    /// <summary>Checks that there is one picture, and fixes the sizes that the graph leaves open.</summary>
    /// <param name="model">Its input is changed where it leaves a size open.</param>
    /// <param name="options">Where the user gives sizes.</param>
    /// <param name="said">What the file itself says.</param>
    /// <param name="where">Names the graph in an error.</param>
    /// <exception cref="StageException">It takes something else, or no size is known.</exception>
    public static (int Width, int Height, bool Changed) Fix(ModelProto model, Adopt options, Preprocess? said, string where)
    {
        var constants = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        var inputs = model.Graph.Input.Where(each => !constants.Contains(each.Name)).ToArray();
        if (inputs is not [{ Type.TensorType: { } type } only])
            throw new StageException($"{where}: takes {inputs.Length} inputs ({string.Join(", ", inputs.Select(each => each.Name))}); one picture [batch, 3, height, width] is needed. Export the network with the picture as its only input.");
        if (type.ElemType is not ((int)DataType.Float or (int)DataType.Float16))
            throw new StageException($"{where}: its input {only.Name} is {(DataType)type.ElemType}; float or float16 pictures can be given. Export it without the conversion in front, or with a float input.");
        if (type.Shape is not { Dim.Count: 4 } shape)
            throw new StageException($"{where}: its input {only.Name} has {(type.Shape is null ? "no shape" : $"{type.Shape.Dim.Count} dimensions")}; [batch, 3, height, width] is needed. Export a network for pictures.");
        var sizes = shape.Dim.Select(dimension => dimension.DimValue).ToArray();
        if (sizes[1] is not (0 or 3))
            throw new StageException($"{where}: its input {only.Name} is [{Print(shape)}]; {(sizes[3] == 3 ? "the channels come last. Export it with the channels first: [batch, 3, height, width]" : $"it has {sizes[1]} channels, but pictures have 3")}.");
        var height = Side(sizes[2], options.Height, said?.Height, "height", only.Name, shape, where);
        var width = Side(sizes[3], options.Width, said?.Width, "width", only.Name, shape, where);
        var changed = sizes[1] == 0 || sizes[2] == 0 || sizes[3] == 0;
        if (changed)
        {
            (shape.Dim[1], shape.Dim[2], shape.Dim[3]) = (Fixed(3), Fixed(height), Fixed(width));
            // what was inferred for open sizes would contradict fixed ones
            model.Graph.ValueInfo.Clear();
            foreach (var output in model.Graph.Output.Where(output => output.Type?.TensorType?.Shape is not null))
            {
                foreach (var dimension in output.Type.TensorType.Shape.Dim.Where(dimension => dimension.DimValue == 0 && dimension.DimParam.Length > 0 && dimension.DimParam != shape.Dim[0].DimParam))
                    dimension.ClearValue();
            }
        }

        return (width, height, changed);
    }

    private static int Side(long given, int? asked, int? said, string name, string input, TensorShapeProto shape, string where)
    {
        if (given > 0 && asked is { } other && other != given)
            throw new StageException($"{where}: its input {input} has the fixed {name} {given}, but {other} was asked for. Leave it out, or export the network at {other}.");
        return given is > 0 and <= int.MaxValue ? (int)given
            : asked ?? said ?? throw new StageException($"{where}: its input {input} [{Print(shape)}] leaves its {name} open. Give it: --preprocess '{{\"width\": 512, \"height\": 512}}' (or \"width\" and \"height\" of adopt in a recipe); the graph is then fixed to that size.");
    }

    private static string Print(TensorShapeProto shape) => string.Join(", ", shape.Dim.Select(dimension => dimension.DimValue > 0 ? $"{dimension.DimValue}" : dimension.DimParam is { Length: > 0 } name ? name : "?"));

    private static TensorShapeProto.Types.Dimension Fixed(int size) => new() { DimValue = size };
}
