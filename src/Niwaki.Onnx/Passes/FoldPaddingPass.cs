using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Folds zeros around an image into the convolution that reads it.</summary>
internal sealed record FoldPaddingPass : Pass
{
    /// <inheritdoc/>
    public override int Apply(ModelProto model)
    {
        var graph = model.Graph;
        var folded = 0;
        foreach (var pad in graph.Node.Where(node => node.OpType == "Pad" && node.Input.Count == 2 && node.Text("mode", "constant") == "constant").ToArray())
        {
            var index = new GraphIndex(graph);
            if (index.OnlyConsumer(pad.Output[0]) is not { OpType: "Conv" } conv || conv.Text("auto_pad", "NOTSET") != "NOTSET")
                continue;
            if (index.Constant(pad.Input[1])?.Longs() is not [0, 0, var top, var left, 0, 0, var bottom, var right] || Math.Min(Math.Min(top, left), Math.Min(bottom, right)) < 0)
                continue;
            var pads = conv.Ints("pads") ?? [0, 0, 0, 0];
            conv.With("pads", (long[])[pads[0] + top, pads[1] + left, pads[2] + bottom, pads[3] + right]);
            conv.Input[0] = pad.Input[0];
            graph.Node.Remove(pad);
            folded++;
        }

        return folded;
    }
}
