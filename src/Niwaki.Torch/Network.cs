using TorchSharp;
using TorchSharp.Modules;

namespace Niwaki.Torch;

/// <summary>
/// A network that runs: an architecture with its named tensors. It is no module and registers nothing; what it computes is the
/// architecture's forward, read by <see cref="TorchOps"/>. Not for use from several threads at once.
/// </summary>
public sealed class Network : IDisposable
{
    private readonly Dictionary<string, torch.Tensor> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<(WindowLayout Layout, bool Mirrored), (torch.Tensor Index, torch.Tensor? Mask)> windows = [];
    private readonly Dictionary<(WindowLayout, int), torch.Tensor> coordinates = [];

    private Network(Architecture architecture, int height, int width, Func<ParameterSpec, Weight> source)
    {
        LibTorch.Load();
        Architecture = architecture;
        Height = height;
        Width = width;
        Specs = ParameterOps.Of(architecture, height, width);
        using var scope = torch.NewDisposeScope();
        foreach (var spec in Specs)
        {
            var weight = source(spec);
            var sizes = spec.Shape.Dimensions.Select(size => (long)size).ToArray();
            // memory of libtorch, which is aligned: products round otherwise where an array happens to lie between two lines of the cache
            var tensor = TensorCopies.FloatsOf(weight.Values, sizes);
            tensors[spec.Name] = (spec.IsBuffer ? tensor : new Parameter(tensor, requires_grad: true)).DetachFromDisposeScope();
        }
    }

    /// <summary>The network as data.</summary>
    public Architecture Architecture { get; }

    /// <summary>Input rows that it was made for; position embeddings depend on it.</summary>
    public int Height { get; }

    /// <summary>Input columns that it was made for.</summary>
    public int Width { get; }

    /// <summary>All tensors, in the order of the forward.</summary>
    public IReadOnlyList<ParameterSpec> Specs { get; }

    /// <summary>What is trained: everything but buffers.</summary>
    public IEnumerable<(ParameterSpec Spec, Parameter Tensor)> Parameters =>
        Specs.Where(spec => !spec.IsBuffer).Select(spec => (spec, (Parameter)tensors[spec.Name]));

    /// <summary>A parameter or a buffer, live.</summary>
    public torch.Tensor this[string name] => tensors[name];

    /// <summary>A network with starting values.</summary>
    /// <param name="architecture">What to build.</param>
    /// <param name="height">Input rows.</param>
    /// <param name="width">Input columns.</param>
    /// <param name="seed">All starting values follow from it.</param>
    public static Network Create(Architecture architecture, int height, int width, int seed) =>
        new(architecture, height, width, spec => Initializer.Create(spec, seed));

    /// <summary>A network with given weights.</summary>
    /// <exception cref="ArgumentException">A tensor is missing or has another shape.</exception>
    public static Network Of(Architecture architecture, int height, int width, IReadOnlyDictionary<string, Weight> weights) =>
        new(architecture, height, width, spec =>
            weights.TryGetValue(spec.Name, out var weight) && weight.Shape == spec.Shape
                ? weight
                : throw new ArgumentException($"{spec.Name} {spec.Shape} is {(weight is null ? "missing" : weight.Shape)}.", nameof(weights)));

    /// <summary>The network of an artifact.</summary>
    /// <exception cref="StageException">Its files are damaged or do not fit together.</exception>
    public static Network Load(TorchModel model, Vocabulary vocabulary)
    {
        var preprocess = model.Preprocess(vocabulary);
        return Of(model.Architecture(vocabulary), preprocess.Height, preprocess.Width, model.Weights(vocabulary));
    }

    /// <summary>Image <c>[B, 3, H, W]</c> to logits; the caller owns them.</summary>
    public torch.Tensor Forward(torch.Tensor image, ForwardOptions? options = null)
    {
        using var scope = torch.NewDisposeScope();
        return Whole(Architecture.Forward(new TorchOps(this, options ?? new ForwardOptions()), ByPixel(image))).MoveToOuterDisposeScope();
    }

    /// <summary>The logits, and after them those of the auxiliary head where there is one; the caller owns them.</summary>
    public IReadOnlyList<torch.Tensor> Outputs(torch.Tensor image, ForwardOptions? options = null)
    {
        using var scope = torch.NewDisposeScope();
        var outputs = Architecture.Outputs(new TorchOps(this, options ?? new ForwardOptions()), ByPixel(image));
        return [.. outputs.Select(logits => Whole(logits).MoveToOuterDisposeScope())];
    }

    /// <summary>All tensors, copied out.</summary>
    public IReadOnlyDictionary<string, Weight> Weights()
    {
        using var scope = torch.NewDisposeScope();
        return Specs.ToDictionary(spec => spec.Name, spec => new Weight(spec.Shape, tensors[spec.Name].detach().contiguous().data<float>().ToArray()), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        foreach (var (index, mask) in windows.Values)
        {
            index.Dispose();
            mask?.Dispose();
        }

        foreach (var each in coordinates.Values)
            each.Dispose();
        windows.Clear();
        coordinates.Clear();
    }

    // channels last in memory: convolutions run faster so
    private static torch.Tensor ByPixel(torch.Tensor image) => image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static torch.Tensor Whole(torch.Tensor logits) => logits.dtype == torch.float32 ? logits : logits.to(torch.float32);

    /// <summary>The bias table's rows for each pair of tokens <c>[area * area]</c>, and the mask <c>[windows, 1, area, area]</c> where the windows are shifted.</summary>
    internal (torch.Tensor Index, torch.Tensor? Mask) WindowConstants(WindowLayout layout, bool mirrored)
    {
        if (!windows.TryGetValue((layout, mirrored), out var constants))
        {
            using var scope = torch.NewDisposeScope();
            constants = (
                torch.tensor(mirrored ? layout.DistanceIndex() : layout.RelativePositionIndex()).to(torch.int64).DetachFromDisposeScope(),
                layout.Shifted ? TensorCopies.FloatsOf(layout.Mask(), [layout.Count, 1, layout.Area, layout.Area]).DetachFromDisposeScope() : null);
            windows[(layout, mirrored)] = constants;
        }

        return constants;
    }

    /// <summary>The log-spaced coordinates of each row of a bias table, <c>[(2h-1)(2w-1), 2]</c>.</summary>
    internal torch.Tensor WindowCoordinates(WindowLayout layout, int pretrained)
    {
        if (!coordinates.TryGetValue((layout, pretrained), out var tensor))
        {
            using var scope = torch.NewDisposeScope();
            tensor = torch.tensor(layout.RelativeCoordinates(pretrained)).reshape(-1, 2).clone().DetachFromDisposeScope();
            coordinates[(layout, pretrained)] = tensor;
        }

        return tensor;
    }
}
