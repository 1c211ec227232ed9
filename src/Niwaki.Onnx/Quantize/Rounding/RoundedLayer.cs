namespace Niwaki.Onnx;

/// <summary>The weights of a layer on their way to codes.</summary>
internal sealed class RoundedLayer
{
    private const int WorthSharing = 1 << 14;
    private readonly GridShape shape;
    private readonly float[] floors;
    private int[] codes = [];
    private sbyte[] settled = [];

    /// <summary>Rounded to the nearest.</summary>
    /// <param name="product">With weights.</param>
    /// <param name="shape">Which numbers they may become.</param>
    /// <param name="floors">The least step of each output; or empty.</param>
    public RoundedLayer(Product product, GridShape shape, float[] floors)
    {
        (Product, this.shape, this.floors) = (product, shape, floors);
        Layout = WeightLayout.Of(product.Node, product.Weight!);
        Target = Layout.ToRows(product.Weight!.Floats());
        Refit();
    }

    /// <summary>The layer.</summary>
    public Product Product { get; }

    /// <summary>How its weights are stored.</summary>
    public WeightLayout Layout { get; }

    /// <summary>The weights [outputs, width] that the codes are to stand for; a refinement may move them away from those of the float graph.</summary>
    public double[] Target { get; private set; }

    /// <summary>What the codes may stand for.</summary>
    public WeightGrid Grid { get; private set; } = null!;

    /// <summary>The codes [outputs, width]; written to until the layer is settled.</summary>
    public int[] Codes => codes.Length > 0 ? codes : [.. settled.Select(code => (int)code)];

    /// <summary>How many codes there are.</summary>
    public int Count => codes.Length > 0 ? codes.Length : settled.Length;

    /// <summary>What the layer reads; <see langword="null"/> where nothing asked for it, or it is no layer for which it can be known.</summary>
    public LayerInputs? Inputs { get; set; }

    /// <summary>Whether the mean error of each output will be taken into its bias, so that only the error around it counts.</summary>
    public bool IsCentred { get; init; }

    /// <summary>Computes what is too large for plain loops.</summary>
    public DenseProducts? Products { get; init; }

    /// <summary>Output channels.</summary>
    public int Outputs => Layout.Outputs;

    /// <summary>Numbers that an output sums over.</summary>
    public int Width => Layout.Width;

    /// <summary>One code, also of a layer that is settled.</summary>
    public int Code(int element) => codes.Length > 0 ? codes[element] : settled[element];

    /// <summary>Keeps the codes alone, in one byte each: the codes of all layers are in memory at once.</summary>
    public RoundedLayer Settled()
    {
        Inputs = null;
        settled = new sbyte[codes.Length];
        for (var i = 0; i < codes.Length; i++)
            settled[i] = (sbyte)codes[i];
        (codes, Target) = ([], []);
        return this;
    }

    /// <summary>Takes other weights as the target, and rounds them to the nearest on a new grid.</summary>
    public void Move(double[] target)
    {
        Target = target;
        Refit();
    }

    /// <summary>Rounds the target to the nearest on the grid as it is.</summary>
    public void RoundToNearest()
    {
        for (var i = 0; i < codes.Length; i++)
            codes[i] = Grid.Nearest(Grid.At(i / Width, i % Width), Target[i]);
    }

    /// <summary>Whether a step is not below the least of its output.</summary>
    public bool IsAllowed(int output, double step) => floors.Length == 0 || step >= floors[output];

    /// <summary>The number that a code stands for.</summary>
    public double Value(int element) => Grid.Value(Grid.At(element / Width, element % Width), Code(element));

    /// <summary>The parts [outputs of a group, block of inputs] that are independent of each other, with the Gram matrix of what they read.</summary>
    public IEnumerable<(int Group, int Block, int Start, int Count, double[] Gram)> Parts()
    {
        for (var group = 0; group < Layout.Groups; group++)
        {
            for (var block = 0; block < Inputs!.Blocks.Count; block++)
                yield return (group, block, Inputs.Blocks[block].Start, Inputs.Blocks[block].Count, Inputs.Gram(group, block, IsCentred));
        }
    }

    /// <summary>The outputs of a group.</summary>
    public Range OutputsOf(int group) => (Outputs / Layout.Groups * group)..(Outputs / Layout.Groups * (group + 1));

    /// <summary>Does something for each output of a group, on all processors where that is worth it.</summary>
    public void ForOutputs(int group, Action<int> work)
    {
        var (first, count) = OutputsOf(group).GetOffsetAndLength(Outputs);
        if (count * Width >= WorthSharing)
        {
            Parallel.For(first, first + count, work);
            return;
        }

        for (var output = first; output < first + count; output++)
            work(output);
    }

    /// <summary>The mean square error of one output over what it reads, from the errors of a block of its weights.</summary>
    public static double Error(ReadOnlySpan<double> difference, ReadOnlySpan<double> gram)
    {
        double error = 0;
        for (var i = 0; i < difference.Length; i++)
        {
            if (difference[i] != 0)
                error += difference[i] * System.Numerics.Tensors.TensorPrimitives.Dot(gram.Slice(i * difference.Length, difference.Length), difference);
        }

        return error;
    }

    /// <summary>The sum over outputs of the mean square error that the codes make against the target.</summary>
    public double Error()
    {
        double error = 0;
        foreach (var part in Parts())
        {
            var difference = new double[part.Count];
            var (first, count) = OutputsOf(part.Group).GetOffsetAndLength(Outputs);
            for (var output = first; output < first + count; output++)
            {
                for (var i = 0; i < part.Count; i++)
                    difference[i] = Value((output * Width) + part.Start + i) - Target[(output * Width) + part.Start + i];
                error += Error(difference, part.Gram);
            }
        }

        return error;
    }

    /// <summary>The codes as stored, signed.</summary>
    public QuantizedWeight ToWeight()
    {
        var stored = new sbyte[Count];
        for (var i = 0; i < stored.Length; i++)
            stored[i] = (sbyte)Code(Layout.Row(i));
        return new QuantizedWeight(stored, [.. Grid.Steps.Select(step => (float)step)]);
    }

    private void Refit()
    {
        Grid = WeightGrid.Over(Target, Outputs, shape, floors);
        codes = new int[Target.Length];
        RoundToNearest();
    }
}
