namespace Niwaki.Torch;

/// <summary>A student and a teacher as far as objectives must know them before they run.</summary>
/// <param name="Student">The student's features, in the order of its forward.</param>
/// <param name="Teacher">The teacher's features.</param>
/// <param name="Seed">Starting values of projections follow from it.</param>
internal sealed record DistillPair(IReadOnlyList<Feature> Student, IReadOnlyList<Feature> Teacher, int Seed)
{
    /// <summary>The features of a network, found without running it.</summary>
    public static IReadOnlyList<Feature> FeaturesOf(Architecture architecture, int height, int width)
    {
        var reader = new FeatureOps();
        architecture.Forward(reader, new Shape(1, 3, height, width));
        return reader.Features;
    }

    /// <summary>A feature by its name.</summary>
    /// <param name="features">Of one of both networks.</param>
    /// <param name="name">Of its tap; with or without <c>backbone.</c>.</param>
    /// <param name="objective">Names the objective in an error.</param>
    public static Feature Named(IReadOnlyList<Feature> features, string name, string objective) =>
        features.FirstOrDefault(feature => feature.Tap.Name == name || feature.Tap.Name == $"{Architecture.BackboneName}.{name}")
        ?? throw (features.Count == 0 ? Featureless(objective) : new StageException($"objective {objective}: the network has no feature '{name}'. It has {string.Join(", ", features.Select(feature => feature.Tap.Name))}."));

    /// <summary>The first blocks.</summary>
    public static IReadOnlyList<Feature> Shallow(IReadOnlyList<Feature> features, int count, string objective)
    {
        var blocks = features.Where(feature => feature.Tap.Kind == FeatureKind.Block).Take(count).ToArray();
        if (features.Count == 0)
            throw Featureless(objective);
        var merged = features.Any(feature => feature.Tap.Layout == FeatureLayout.Merged) ? " before its tokens are merged" : string.Empty;
        return blocks.Length == count ? blocks : throw new StageException($"objective {objective}: {count} blocks are asked for, but the network has {blocks.Length}{merged}.");
    }

    /// <summary>The last stage of the backbone, or its last block where it has no stages.</summary>
    public static Feature Deep(IReadOnlyList<Feature> features, string objective) =>
        features.LastOrDefault(feature => feature.Tap.Kind == FeatureKind.Stage)
        ?? features.LastOrDefault(feature => feature.Tap.Kind == FeatureKind.Block)
        ?? throw Featureless(objective);

    private static StageException Featureless(string objective) =>
        new($"objective {objective}: reads features, but this teacher offers none, as it is no network of ours. Use objectives on logits (logit-kd, cwd, dist), or give the torch-model.");

    private sealed class FeatureOps : ShapeOps
    {
        public List<Feature> Features { get; } = [];

        public override Shape Tap(Shape value, FeatureTap tap)
        {
            Features.Add(new Feature(tap, tap.Layout == FeatureLayout.Image ? value[1] : value[^1]));
            return value;
        }
    }
}

/// <summary>A feature with its channels.</summary>
internal sealed record Feature(FeatureTap Tap, int Channels);
