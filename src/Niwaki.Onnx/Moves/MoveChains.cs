using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>The values at which moved data is computed with, and how each can be written.</summary>
internal static class MoveChains
{
    /// <summary>Outputs of moving nodes that something else reads, or that leave the graph.</summary>
    public static IEnumerable<string> Ends(GraphIndex index) =>
        index.Graph.Node.Where(MoveTrace.Moves).SelectMany(node => node.Output)
            .Where(value => value.Length > 0 && (index.IsOutput(value) || index.Consumers(value).Any(reader => !MoveTrace.Moves(reader) || reader.Input.Skip(1).Contains(value) && reader.OpType != "Concat")));

    /// <summary>How a value can be written, the same for every number of pictures; <see langword="null"/> where it cannot.</summary>
    /// <param name="one">What moves in one picture.</param>
    /// <param name="two">What moves in two; one again where their number is fixed.</param>
    /// <param name="elements">Elements of the source for one picture.</param>
    public static MoveForm? Form(Movement one, Movement? two, int elements)
    {
        if (two is null || two.Source != one.Source)
            return null;
        if (!ReferenceEquals(one, two))
        {
            // each picture by itself, one behind the other
            if (two.From.Length != 2 * one.From.Length)
                return null;
            for (var i = 0; i < one.From.Length; i++)
            {
                if (two.From[i] != one.From[i] || two.From[one.From.Length + i] != one.From[i] + elements)
                    return null;
            }
        }

        return MoveForm.Of(one, elements);
    }

    /// <summary>The moving nodes that lead to a value, from its end back.</summary>
    public static IReadOnlyList<NodeProto> Behind(GraphIndex index, string value, string source)
    {
        var found = new List<NodeProto>();
        var open = new Queue<string>([value]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryDequeue(out var at))
        {
            if (at == source || !seen.Add(at) || index.Producer(at) is not { } node || !MoveTrace.Moves(node))
                continue;
            if (!found.Contains(node))
                found.Add(node);
            foreach (var input in node.OpType == "Concat" ? node.Input : node.Input.Take(1))
                open.Enqueue(input);
        }

        return found;
    }
}
