using System.Numerics.Tensors;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Rotates the residual stream of a plain vision transformer, so that no channel stands out (QuaRot, arXiv:2404.00456; for vision
/// transformers GLF-Q): gain and offset of each LayerNorm move into the layers that read it, all that write the stream is multiplied by a
/// randomized Hadamard matrix and all that read it by its inverse. The matrix keeps the mean over channels, so the LayerNorm itself stays. The float graph
/// stays the same, which is checked. A Swin is refused: its patch merging regroups the channels of the stream.
/// </summary>
public sealed record RotationRefinement : Refinement
{
    /// <summary>Of the random signs.</summary>
    public int Seed { get; init; } = 1;

    /// <inheritdoc/>
    internal override bool Rewrites => true;

    /// <inheritdoc/>
    internal override void Rewrite(FloatRewriting graph)
    {
        var proto = graph.Model.Graph;
        var index = new GraphIndex(proto);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (streams, norms) = (new List<ResidualStream>(), new List<NodeProto>());
        foreach (var norm in index.TopologicalOrder().Where(node => node.OpType == "LayerNormalization" && graph.Layouts.ContainsKey(node.Input[0]) && !seen.Contains(node.Input[0])))
        {
            var stream = ResidualStream.Of(norm, index, graph.Layouts);
            seen.UnionWith(stream.Values);
            streams.Add(stream);
            norms.Add(norm);
        }

        if (streams.Count == 0)
            throw graph.Problem("rotation: there is no LayerNorm, so no residual stream of a vision transformer. Leave this refinement out.");
        // of several reasons the one that says most about the network
        if (streams.Select((stream, i) => (stream.Obstacle, Norm: norms[i].Name)).Where(each => each.Obstacle is not null).OrderBy(each => each.Obstacle!.Contains(ResidualStream.PatchMerging, StringComparison.Ordinal) ? 0 : 1).FirstOrDefault() is { Obstacle: { } obstacle, Norm: var name })
            throw graph.Problem($"rotation: the residual stream that LayerNormalization {name} reads cannot be rotated: {obstacle}. This refinement is for plain vision transformers; leave it out.");
        foreach (var stream in streams)
            Rotate(proto, stream);
        graph.Say($"rotation: {streams.Count} residual streams ({string.Join(", ", streams.Select(stream => $"{stream.Width} channels, {stream.Writers.Count} layers write, {stream.Norms.Count} normalizations and {stream.Readers.Count} layers read"))}).");
    }

    private void Rotate(GraphProto graph, ResidualStream stream)
    {
        var rotation = RotationMatrix.Of(stream.Width, Seed);
        foreach (var (node, readers) in stream.Norms)
            FoldNorm(graph, node, readers, stream.Width);
        foreach (var reader in stream.Norms.SelectMany(norm => norm.Readers).Concat(stream.Readers).DistinctBy(reader => reader.Node.Name))
            Turn(graph, reader.Node.Input[1], rotation, stream.Width, reader.Node.OpType == "Conv" || (reader.Node.OpType == "Gemm" && reader.Node.Int("transB", 0) != 0) ? 1 : 0);
        foreach (var writer in stream.Writers)
        {
            var weight = graph.Initializer.First(tensor => tensor.Name == writer.Input[1]);
            Turn(graph, weight.Name, rotation, stream.Width, writer.OpType == "Conv" || (writer.OpType == "Gemm" && writer.Int("transB", 0) != 0) ? 0 : 1);
            if (writer.Input.Count > 2 && writer.Input[2].Length > 0)
                Turn(graph, writer.Input[2], rotation, stream.Width, null);
        }

        foreach (var (name, axis) in stream.Constants)
            Turn(graph, name, rotation, stream.Width, axis);
    }

    private static void FoldNorm(GraphProto graph, NodeProto norm, IReadOnlyList<ChannelReader> readers, int width)
    {
        var gain = graph.Initializer.First(tensor => tensor.Name == norm.Input[1]);
        var offset = norm.Input.Count > 2 && norm.Input[2].Length > 0 ? graph.Initializer.First(tensor => tensor.Name == norm.Input[2]) : null;
        var (factors, shifts) = (gain.Floats(), offset?.Floats());
        foreach (var reader in readers)
        {
            if (shifts is not null && shifts.Any(shift => shift != 0))
                reader.AbsorbShift(graph, [.. shifts.Select(shift => -(double)shift)]);
            reader.Multiply(graph, [.. factors.Select(factor => (double)factor)]);
        }

        graph.SetInitializer(TensorValues.Of(gain.Name, gain.Shape(), (float[])[.. Enumerable.Repeat(1f, width)]));
        if (offset is not null)
            graph.SetInitializer(TensorValues.Of(offset.Name, offset.Shape(), new float[width]));
    }

    /// <summary>Multiplies a tensor along one axis by the symmetric rotation; <paramref name="axis"/> null for the only axis that is as long.</summary>
    private static void Turn(GraphProto graph, string name, double[] rotation, int width, int? axis)
    {
        var tensor = graph.Initializer.First(tensor => tensor.Name == name);
        var at = axis ?? tensor.Dims.ToList().IndexOf(width);
        if (at < 0)
            return;                                                                     // one number for all channels: kept by the rotation
        var inner = (int)tensor.Dims.Skip(at + 1).Aggregate(1L, (all, size) => all * size);
        var values = tensor.Floats();
        var turned = new float[values.Length];
        Parallel.For(0, values.Length / (width * inner), outer =>
        {
            var (from, to) = (new double[width * inner], new double[width * inner]);
            for (var i = 0; i < from.Length; i++)
                from[i] = values[(outer * from.Length) + i];
            for (var row = 0; row < width; row++)
            {
                var target = to.AsSpan(row * inner, inner);
                if (inner == 1)
                    target[0] = TensorPrimitives.Dot<double>(rotation.AsSpan(row * width, width), from);
                else
                    for (var i = 0; i < width; i++)
                        TensorPrimitives.MultiplyAdd(from.AsSpan(i * inner, inner), rotation[(row * width) + i], target, target);
            }

            for (var i = 0; i < to.Length; i++)
                turned[(outer * to.Length) + i] = (float)to[i];
        });
        graph.SetInitializer(TensorValues.Of(name, tensor.Shape(), turned));
    }
}
