using System.Text.Json;

namespace Niwaki;

/// <summary>How one library names the tensors of its checkpoints. One record for each; all are tried on an unknown file.</summary>
public abstract record Naming
{
    /// <summary>The first rule that matches a name decides.</summary>
    protected abstract IReadOnlyList<NameRule> Rules { get; }

    /// <summary>Whether position embeddings of another size are resampled with antialiasing, as timm does, or plainly.</summary>
    protected virtual bool AntialiasPositions => false;

    /// <summary>Whether tables of relative positions of another window are resampled as <see cref="GeometricTable"/> does it, or bicubically as in the original code.</summary>
    protected virtual bool GeometricTables => false;

    /// <summary>The network as this library computes it: with the same weights, libraries differ in epsilons, windows and padding.</summary>
    /// <param name="architecture">A preset, or what the tensors showed.</param>
    /// <param name="config">The library's own description, such as a Hugging Face <c>config.json</c>, where there is one.</param>
    protected internal virtual Architecture AsComputed(Architecture architecture, JsonElement? config) => architecture;

    /// <summary>How the library's public checkpoints are fed. Default: ImageNet's colours; 224 pixels for a classifier, 512 otherwise.</summary>
    /// <param name="architecture">What is fed.</param>
    /// <param name="preset">Its usual name, where it is known: checkpoints of one family were trained differently.</param>
    protected internal virtual Preprocess PreprocessOf(Architecture architecture, string? preset)
    {
        var side = architecture.Head.ReadsVectors ? 224 : 512;
        return new Preprocess(side, side) { Resize = architecture.Head.ReadsVectors ? ResizeMode.CenterCrop : ResizeMode.Stretch };
    }

    /// <summary>Buffers of every library.</summary>
    private static readonly NameRule[] Superfluous =
    [
        NameRule.Skip(@".*num_batches_tracked"),
        NameRule.Skip(@".*\.(relative_position_index|relative_coords_table|attn_mask)"),
    ];

    /// <summary>Auxiliary heads help the training of the whole network only.</summary>
    private static readonly NameRule[] Dispensable = [NameRule.Skip(@"auxiliary_head\..*")];

    /// <summary>Translates a checkpoint for an architecture. Embeddings of another input size or window are resampled.</summary>
    /// <param name="state">The foreign tensors.</param>
    /// <param name="architecture">What they are for.</param>
    /// <param name="height">Input rows that the network will have.</param>
    /// <param name="width">Input columns.</param>
    public Imported Import(IReadOnlyDictionary<string, Weight> state, Architecture architecture, int height, int width)
    {
        var specs = ParameterOps.Of(architecture, height, width).ToDictionary(spec => spec.Name, StringComparer.Ordinal);
        var heads = new Lazy<HeadWidths>(() => HeadWidths.Of(architecture, height, width));
        var weights = new Dictionary<string, Weight>(StringComparer.Ordinal);
        var (unused, misfits, skipped) = (new List<string>(), new List<string>(), new List<string>());
        var resampled = new List<string>();
        var patch = (architecture.Backbone as VitBackbone)?.PatchSize ?? 0;
        foreach (var (name, weight) in state)
        {
            string? ours = null;
            var rule = Superfluous.Concat(Rules).Concat(Dispensable).FirstOrDefault(rule => rule.Matches(name, out ours));
            if (rule is not null && (ours is null || (architecture.Auxiliary is null && ours.StartsWith(Architecture.AuxiliaryName, StringComparison.Ordinal))))
            {
                skipped.Add(name);
                continue;
            }

            var parts = rule is null ? [] : Parts(rule, ours!, weight, name => heads.Value[name]);
            if (parts is null)
            {
                misfits.Add($"{name}: is {weight.Shape}, of which {ours} cannot be made");
                continue;
            }

            if (!parts.Any(part => specs.ContainsKey(part.Name)))
                unused.Add(name);
            foreach (var (target, stored) in parts)
            {
                if (!specs.TryGetValue(target, out var spec))
                    continue;
                var value = AsLayer(stored, spec);
                var fitted = value.Shape == spec.Shape ? value : Fit(value, spec, patch > 0 ? (height / patch, width / patch) : default, () => WindowSizes.Of(architecture, height, width));
                if (fitted is null)
                    misfits.Add($"{target}: is {value.Shape} where {spec.Shape} is needed");
                else if (!weights.TryAdd(target, fitted))
                    throw new StageException($"The checkpoint gives {target} twice, the second time as {name}. Take one of the two out.");
                else if (fitted != value)
                    resampled.Add($"{target}: {value.Shape} to {spec.Shape}");
            }
        }

        var missing = specs.Keys.Where(name => !weights.ContainsKey(name) && !misfits.Any(misfit => misfit.StartsWith($"{name}: ", StringComparison.Ordinal)));
        return new Imported(Catalog.NameOf(GetType(), typeof(Naming)), weights, [.. missing], [.. unused], [.. misfits], [.. skipped]) { Resampled = [.. resampled] };
    }

    /// <summary>What the names alone tell, without any architecture.</summary>
    internal IEnumerable<(string Foreign, string? Ours, NameRule? Rule)> Names(IEnumerable<string> foreign)
    {
        var rules = Superfluous.Concat(Rules).Concat(Dispensable).ToArray();
        foreach (var name in foreign)
        {
            string? ours = null;
            var rule = rules.FirstOrDefault(rule => rule.Matches(name, out ours));
            yield return (name, ours, rule);
        }
    }

    /// <summary>A foreign tensor under our names; null where its shape is not what the rule expects.</summary>
    /// <param name="rule">What becomes of it.</param>
    /// <param name="ours">Our name, or a pattern of several.</param>
    /// <param name="weight">The tensor.</param>
    /// <param name="headWidth">Of the attention that a tensor of ours belongs to; without it only the shapes are right where heads are interleaved.</param>
    internal static IReadOnlyList<(string Name, Weight Weight)>? Parts(NameRule rule, string ours, Weight weight, Func<string, int>? headWidth = null)
    {
        try
        {
            var parts = Translate(rule, ours, weight, headWidth);
            return parts.All(part => part.Weight.Shape.Elements == part.Weight.Values.Length) ? parts : null;
        }
        catch (Exception problem) when (problem is ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            return null;
        }
    }

    private static (string Name, Weight Weight)[] Translate(NameRule rule, string name, Weight weight, Func<string, int>? headWidth)
    {
        if (rule.IsUnfolded)
            weight = Ordered(weight);
        if (rule.IsSeparable)
            return SeparableRows.Of(name, weight);
        if (!rule.IsFused)
            return [(name, weight)];

        // q, k and v come in blocks of so many rows
        var parts = rule.Parts.Length;
        var block = rule.IsPerHead && headWidth is not null ? headWidth(name) : weight.Shape[0] / parts;
        if (block == 0)
            return [];                                                                  // the network has no such attention
        if (weight.Shape[0] % (parts * block) != 0)
            throw new ArgumentException($"{weight.Shape[0]} rows are not {parts} times heads of {block}.", nameof(weight));
        var length = block * (weight.Values.Length / weight.Shape[0]);
        return [.. rule.Parts.Select((part, i) => (
            name.Replace('*', part),
            new Weight(weight.Shape.With(0, weight.Shape[0] / parts), [.. weight.Values.Chunk(length).Where((_, chunk) => chunk % parts == i).SelectMany(chunk => chunk)])))];
    }

    /// <summary>From channel-major columns <c>4c + 2 row + column</c> to the original order, see <see cref="IOps{T}.MergePatches"/>.</summary>
    private static Weight Ordered(Weight weight)
    {
        var columns = weight.Shape[^1];
        var channels = columns / 4;
        var values = new float[weight.Values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var (neighbour, channel) = (i % columns / channels, i % columns % channels);
            values[i] = weight.Values[(i / columns * columns) + (4 * channel) + (2 * (neighbour % 2)) + (neighbour / 2)];
        }

        return weight with { Values = values };
    }

    private Weight? Fit(Weight weight, ParameterSpec spec, (int Rows, int Columns) grid, Func<IReadOnlyDictionary<string, (int Rows, int Columns)>> windows)
    {
        if (IsMirrored(spec) && weight.Shape.Rank == 2 && weight.Shape[0] == spec.Shape[0])
        {
            var (from, to) = (SideOf(weight.Shape[1]), SideOf(spec.Shape[1]));
            var heads = weight.Shape[0];
            return from > 0 && to > 0 ? new Weight(spec.Shape, Turned(Resampling.Resize(Turned(weight.Values, heads), from, from, to, to, Interpolation.Bicubic), to * to)) : null;
        }

        if (spec.Role == ParameterRole.PositionBias && weight.Shape.Rank == 2 && weight.Shape[1] == spec.Shape[1])
        {
            var from = SideOf(weight.Shape[0]);
            return from > 0 && windows().TryGetValue(spec.Name[..spec.Name.LastIndexOf('.')], out var to) && to.Rows * to.Columns == spec.Shape[0]
                ? new Weight(spec.Shape, GeometricTables
                    ? GeometricTable.Resize(weight.Values, from, from, to.Rows, to.Columns)
                    : Resampling.Resize(weight.Values, from, from, to.Rows, to.Columns, Interpolation.Bicubic))
                : null;
        }

        if (spec.Role == ParameterRole.Embedding && grid.Rows > 0 && weight.Shape.Rank == 3 && weight.Shape[2] == spec.Shape[2])
        {
            var prefix = spec.Shape[1] - (grid.Rows * grid.Columns);
            var from = SideOf(weight.Shape[1] - prefix);
            var split = prefix * spec.Shape[2];
            return from > 0 && prefix >= 0
                ? new Weight(spec.Shape, [.. weight.Values.AsSpan(0, split), .. Resampling.Resize(weight.Values.AsSpan(split), from, from, grid.Rows, grid.Columns, Interpolation.Bicubic, AntialiasPositions)])
                : null;
        }

        return null;
    }

    /// <summary>Whether it is a table of biases by distance, <c>[heads, area]</c>.</summary>
    internal static bool IsMirrored(ParameterSpec spec) => spec.Role == ParameterRole.PositionBias && spec.Name.EndsWith(".attention_biases", StringComparison.Ordinal);

    // a linear layer is a 1 x 1 convolution
    private static Weight AsLayer(Weight weight, ParameterSpec spec) =>
        spec.Role is ParameterRole.ConvWeight or ParameterRole.LinearWeight && Significant(weight.Shape).SequenceEqual(Significant(spec.Shape)) ? weight with { Shape = spec.Shape } : weight;

    private static IEnumerable<int> Significant(Shape shape) => shape.Dimensions.Reverse().SkipWhile((size, i) => size == 1 && i < shape.Rank - 2).Reverse();

    /// <summary>Columns for rows.</summary>
    private static float[] Turned(float[] values, int rows)
    {
        var columns = values.Length / rows;
        var turned = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            turned[(i % columns * rows) + (i / columns)] = values[i];
        return turned;
    }

    private static int SideOf(int area)
    {
        var side = (int)Math.Round(Math.Sqrt(Math.Max(0, area)));
        return side * side == area ? side : 0;
    }
}
