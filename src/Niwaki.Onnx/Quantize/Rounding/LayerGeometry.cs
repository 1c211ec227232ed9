namespace Niwaki.Onnx;

/// <summary>How a layer reads a value: which numbers make one row of what its weights are multiplied with.</summary>
/// <param name="Groups">Groups of a convolution.</param>
/// <param name="Width">Numbers of a row.</param>
/// <param name="Input">Channels, height and width of what a convolution reads; empty for a linear layer.</param>
/// <param name="Kernel">Height and width.</param>
/// <param name="Strides">Down and across.</param>
/// <param name="Dilations">Down and across.</param>
/// <param name="Pads">Top and left.</param>
/// <param name="Output">Height and width of the result; for a linear layer the rows and 1.</param>
internal sealed record LayerGeometry(int Groups, int Width, ValueList<int> Input, ValueList<int> Kernel, ValueList<int> Strides, ValueList<int> Dilations, ValueList<int> Pads, ValueList<int> Output)
{
    /// <summary>Of a product with weights; <see langword="null"/> for a convolution over other than two axes.</summary>
    public static LayerGeometry? Of(Product product, ValueLayout input, ValueLayout output)
    {
        var layout = WeightLayout.Of(product.Node, product.Weight!);
        if (product.Node.OpType != "Conv")
            return new LayerGeometry(1, layout.Width, [], [1, 1], [1, 1], [1, 1], [0, 0], [(int)(input.Elements / layout.Width), 1]);
        if (input.Dimensions.Length != 4)
            return null;
        var node = product.Node;
        int[] Pair(string name, int otherwise) => node.Ints(name) is { Length: >= 2 } given ? [(int)given[0], (int)given[1]] : [otherwise, otherwise];
        var (kernel, strides, dilations, pads) = ((int[])[(int)product.Weight!.Dims[2], (int)product.Weight.Dims[3]], Pair("strides", 1), Pair("dilations", 1), Pair("pads", 0));
        if (node.Text("auto_pad", "NOTSET") is ("SAME_UPPER" or "SAME_LOWER") and var mode)
        {
            for (var axis = 0; axis < 2; axis++)
            {
                var all = Math.Max(0, ((output.Dimensions[axis + 2] - 1) * strides[axis]) + ((kernel[axis] - 1) * dilations[axis]) + 1 - input.Dimensions[axis + 2]);
                pads[axis] = mode == "SAME_UPPER" ? all / 2 : all - (all / 2);
            }
        }

        return new LayerGeometry(layout.Groups, layout.Width, [.. input.Dimensions.Skip(1)], [.. kernel], [.. strides], [.. dilations], [.. pads], [.. output.Dimensions.Skip(2)]);
    }

    /// <summary>Rows of a picture.</summary>
    public int Rows => Output[0] * Output[1];

    /// <summary>Copies one row of one group.</summary>
    public void Copy(ReadOnlySpan<float> data, int row, int group, Span<float> to)
    {
        if (Input.Count == 0)
        {
            data.Slice(row * Width, Width).CopyTo(to);
            return;
        }

        var (height, width, taps) = (Input[1], Input[2], Kernel[0] * Kernel[1]);
        var channels = Width / taps;
        var (top, left) = ((row / Output[1] * Strides[0]) - Pads[0], (row % Output[1] * Strides[1]) - Pads[1]);
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = data.Slice(((group * channels) + channel) * height * width, height * width);
            var at = channel * taps;
            for (var y = 0; y < Kernel[0]; y++)
            {
                var down = top + (y * Dilations[0]);
                for (var x = 0; x < Kernel[1]; x++)
                {
                    var across = left + (x * Dilations[1]);
                    to[at++] = (uint)down < (uint)height && (uint)across < (uint)width ? plane[(down * width) + across] : 0;
                }
            }
        }
    }
}
