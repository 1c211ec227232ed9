namespace Niwaki.Onnx;

/// <summary>Rounds the weights of a graph's layers, with what they read on the calibration pictures where a refinement asks for it.</summary>
internal sealed class LayerRounding(Quantization quantization, Quantize options, IEnumerable<float[]> pictures, int pictureCount, bool reduceRange, string where)
{
    // Gram matrices of so many bytes are held at once; more take further passes over the pictures
    private const long BytesAtOnce = 512L << 20;

    /// <summary>The rounded weights of each product with weights, by its node's name.</summary>
    public IReadOnlyDictionary<string, RoundedLayer> Run()
    {
        var refinements = options.Refinements.Where(refinement => refinement.Rounds).ToArray();
        var products = quantization.Plan.Products.Where(product => product.Weight is not null).ToArray();
        if (refinements.Length == 0)
            return products.ToDictionary(product => product.Node.Name, product => Settled(Layer(product, null, null)), StringComparer.Ordinal);
        var (done, withErrors) = (new Dictionary<string, RoundedLayer>(StringComparer.Ordinal), refinements.Any(refinement => refinement is RidgeRefinement));
        using var dense = new DenseProducts();
        for (var next = 0; next < products.Length;)
        {
            var inputs = new Dictionary<(string Value, LayerGeometry Geometry), LayerInputs>();
            var group = new List<(Product Product, (string Value, LayerGeometry Geometry)? Key)>();
            for (long bytes = 0; next < products.Length; next++)
            {
                var product = products[next];
                var value = product.Node.Input[0];
                if (LayerGeometry.Of(product, quantization.Layouts[value], quantization.Layouts[product.Node.Output[0]]) is not { } geometry)
                {
                    group.Add((product, null));
                    continue;
                }

                if (!inputs.ContainsKey((value, geometry)))
                {
                    bytes += LayerInputs.Bytes(geometry, withErrors);
                    if (bytes > BytesAtOnce && inputs.Count > 0)
                        break;
                    inputs[(value, geometry)] = new LayerInputs(geometry, options.Scheme.Rounding(quantization.ScaleOf(value)), pictureCount, withErrors);
                }

                group.Add((product, (value, geometry)));
            }

            Watch(inputs, dense);
            foreach (var (product, key) in group)
            {
                var layer = Layer(product, key is { } known ? inputs[known] : null, dense);
                foreach (var refinement in refinements)
                    Round(refinement, layer);
                done[product.Node.Name] = Settled(layer);
            }
        }

        return done;
    }

    private void Round(Refinement refinement, RoundedLayer layer)
    {
        try
        {
            refinement.Round(layer);
        }
        catch (ArgumentException problem) when (problem.ParamName == "matrix")
        {
            throw new StageException($"{where}: {Catalog.NameOf(refinement.GetType(), typeof(Refinement))}: what {layer.Product.Node.Name} reads is too large to be squared and summed. Leave this refinement out, or look at the model: numbers beyond 1e19 are seldom meant.", problem);
        }
    }

    private static RoundedLayer Settled(RoundedLayer layer)
    {
        layer.Settled();
        // as float, double and int
        Garbage.Left(16L * layer.Count);
        return layer;
    }

    private void Watch(Dictionary<(string Value, LayerGeometry Geometry), LayerInputs> inputs, DenseProducts dense)
    {
        var readers = inputs.GroupBy(each => each.Key.Value, each => each.Value, StringComparer.Ordinal).ToDictionary(each => each.Key, each => each.ToArray(), StringComparer.Ordinal);
        using var probe = new GraphProbe(quantization.Model, readers.Keys, where);
        foreach (var picture in pictures)
        {
            probe.Run(picture, [.. readers.Keys], quantization.Layouts, (value, data, _) =>
            {
                if (!float.IsFinite(System.Numerics.Tensors.TensorPrimitives.SumOfMagnitudes(data)))
                    throw new StageException($"{where}: {value} holds numbers that are not finite on a calibration picture. The float model itself is broken: measure it, and train or export it again.");
                foreach (var input in readers[value])
                    input.Add(data, dense);
            });
        }
    }

    private RoundedLayer Layer(Product product, LayerInputs? inputs, DenseProducts? dense) => new(product, options.Scheme.Grid(product, reduceRange), Floors(product))
    {
        Inputs = inputs,
        Products = dense,
        IsCentred = options.Refinements.Any(refinement => refinement is BiasRefinement) && Quantization.IsCorrected(product),
    };

    /// <summary>The least scale of each output channel: an int32 bias in units of it and of the input's scale must not overflow.</summary>
    private float[] Floors(Product product)
    {
        if (product.Bias is not { } bias || quantization.ScaleOf(product.Node.Input[0]) is not { } scale)
            return [];
        var values = bias.Floats();
        return [.. Enumerable.Range(0, (int)product.Weight!.Dims[product.Axis]).Select(i => Math.Abs(values[values.Length == 1 ? 0 : i]) / scale.Step / QdqWriter.LargestBias)];
    }
}
