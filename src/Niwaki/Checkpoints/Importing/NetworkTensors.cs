namespace Niwaki;

/// <summary>The tensors that networks need, for comparison with those of checkpoints.</summary>
internal static class NetworkTensors
{
    /// <summary>Sizes of windows and embeddings follow from it; the comparison passes over them.</summary>
    public const int Side = 224;

    private const int ProbeWidth = 8;

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, ParameterSpec> Of(Architecture architecture, int height = Side, int width = Side) =>
        ParameterOps.Of(architecture, height, width).ToDictionary(spec => spec.Name, StringComparer.Ordinal);

    /// <summary>A backbone's own, as a classifier reads it and as a segmentation head does.</summary>
    public static (IReadOnlyDictionary<string, ParameterSpec> Vectors, IReadOnlyDictionary<string, ParameterSpec> Features) OfBackbone(Backbone backbone)
    {
        return (Under(new LinearHead()), Under(new UperNetHead(ProbeWidth)));

        IReadOnlyDictionary<string, ParameterSpec> Under(Head head) =>
            Of(new Architecture(backbone, head, 2)).Where(each => each.Key.StartsWith(Architecture.BackboneName, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The tensors whose shape depends on the number of classes.</summary>
    public static IReadOnlyList<string> Classifier(Architecture architecture)
    {
        var wider = Of(architecture with { Classes = architecture.Classes + 1 });
        return [.. Of(architecture).Where(each => wider[each.Key].Shape != each.Value.Shape).Select(each => each.Key)];
    }

    /// <summary>How many classes a checkpoint's classifier has; null where it has none.</summary>
    public static int? ClassesIn(Architecture architecture, IReadOnlyDictionary<string, Shape> shapes) =>
        Classifier(architecture).Select(name => shapes.TryGetValue(name, out var shape) && shape.Rank > 0 ? shape[0] : (int?)null).FirstOrDefault(classes => classes is not null);
}
