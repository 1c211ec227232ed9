namespace Niwaki.Onnx;

// how values lie in the graph: flat or shaped, in which order of rows, with a LayerNorm still to be written
internal sealed partial class OnnxOps
{
    private static int[] HeadsSwapped(int lead) => [.. Enumerable.Range(0, lead), lead + 1, lead, lead + 2];

    private static Shape Flat(Value value) => new(value.RowCount, value.Shape[^1]);

    private string Heads(Value tokens, int[] lead, int heads, string role, bool turned = false)
    {
        var (count, width) = (tokens.Shape[1], tokens.Shape[2] / heads);
        tokens = InOrder(tokens);
        var rank = lead.Length;
        if (heads == 1)
        {
            var single = As(tokens, new Shape((int[])[.. lead, 1, count, width])).Name;
            return turned ? graph.Node("Transpose", $"{tokens.Layer}.{role}_turned", [single], ("perm", (int[])[.. Enumerable.Range(0, rank + 1), rank + 2, rank + 1])) : single;
        }

        var split = As(tokens, new Shape((int[])[.. lead, count, heads, width])).Name;
        int[] order = turned ? [.. Enumerable.Range(0, rank), rank + 1, rank + 2, rank] : HeadsSwapped(rank);
        return graph.Node("Transpose", $"{tokens.Layer}.{(turned ? "heads_turned" : "heads")}", [split], ("perm", order));
    }

    private Value Prefixed(Value tokens, int front, float[] addend, string name)
    {
        var shape = new Shape(tokens.Shape[0], tokens.Shape[1] + front, tokens.Shape[2]);
        var padded = graph.Node("Pad", $"{name}.pad", [Whole(tokens), graph.Integers("pads", 0, front, 0, 0, 0, 0)]);
        var sum = graph.Node("Add", $"{name}.add", [padded, graph.Parameter($"{name}.embedding", new Weight(shape, addend))]);
        prefixed[sum] = (tokens, front, addend);
        return new Value(sum, shape, shape, name);
    }

    private (Value Left, Value Right) Aligned(Value left, Value right)
    {
        (left, right) = (Written(left), Written(right));
        if (!Equals(left.Rows, right.Rows))
        {
            if (right.Rows is { } order && reordered.TryGetValue((left.Name, left.Rows, order), out var other))
                left = other with { Shape = left.Shape, Layer = left.Layer };
            else
                right = Reordered(right, left.Rows ?? RowOrder.Own(left.RowCount)) with { Shape = right.Shape, Rows = left.Rows };
        }

        var stored = left.Stored.Rank <= right.Stored.Rank ? left.Stored : right.Stored;
        return (As(left, stored), As(right, stored));
    }

    private Value InOrder(Value value)
    {
        value = Written(value);
        return value.Rows is null ? value : Reordered(value, RowOrder.Own(value.RowCount)) with { Rows = null };
    }

    // the same rows in another order, stored as [B, N, C]
    private Value Reordered(Value value, RowOrder order)
    {
        value = Written(value);
        if (Equals(value.Rows, order) || (value.Rows is null && order.Identity && order.Rows.Count == value.RowCount))
            return value;
        if (reordered.TryGetValue((value.Name, value.Rows, order), out var found))
            return found;
        var (count, width) = (value.RowCount, value.Shape[^1]);
        var rows = As(value, new Shape(1, count, width)).Name;
        if (order.Padded)
            rows = graph.Node("Pad", $"{value.Layer}.zero_row", [rows, graph.Integers("pads", 0, 0, 0, 0, 1, 0)]);
        var index = order.From(value.Rows, count);
        var moved = graph.Node("Gather", $"{value.Layer}.rows", [rows, graph.Integers($"rows_{index.Length}", index)], ("axis", 1));
        var result = value with { Name = moved, Stored = new Shape(1, index.Length, width), Rows = order };
        return reordered[(value.Name, value.Rows, order)] = As(result, new Shape(index.Length, width));
    }

    private Value Written(Value value)
    {
        if (value.Shift is { } shift)
            return Shifted(value with { Shift = null }, shift);
        if (value.Pending is not { } norm)
            return value;
        if (normalized.TryGetValue(norm, out var found))
            return found with { Shape = value.Shape };
        var input = norm.Input.Stored[^1] == value.Shape[^1] ? norm.Input : As(norm.Input, Flat(value));
        var name = Normalization.Write(graph, input.Name, Parameter($"{norm.Name}.weight"), Parameter($"{norm.Name}.bias"), norm.Epsilon, norm.Name);
        return normalized[norm] = value with { Name = name, Stored = input.Stored, Rows = input.Rows, Pending = null };
    }

    private Value As(Value value, Shape stored)
    {
        value = Written(value);
        if (value.Stored == stored)
            return value;
        if (stored.Elements != value.Stored.Elements)
            throw new ArgumentException($"{value.Name}: {value.Stored} cannot be stored as {stored}.", nameof(stored));
        if (!reshaped.TryGetValue((value.Name, stored), out var found))
        {
            var sizes = stored.Dimensions.Select((size, axis) => axis > 0 ? size : stored[0] == value.Stored[0] ? 0L : -1).ToArray();
            var name = graph.Node("Reshape", $"{value.Layer}.reshape", [value.Name, graph.Integers($"shape_{string.Join('x', sizes.Skip(1))}", sizes)]);
            reshaped[(value.Name, stored)] = found = value with { Name = name, Stored = stored };
        }

        return found with { Shape = value.Shape, Layer = value.Layer };
    }

    private Value Write(string type, string name, Shape shape, IEnumerable<string> inputs, params IEnumerable<(string Name, object Value)> attributes) =>
        new(graph.Node(type, name, inputs, attributes), shape, shape, name);

    private string[] Parameters(string name, bool bias) => bias ? [Parameter($"{name}.weight"), Parameter($"{name}.bias")] : [Parameter($"{name}.weight")];

    private string Parameter(string name) => graph.Parameter(name, weights[name]);
}
