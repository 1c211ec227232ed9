namespace Niwaki;

/// <summary>
/// A fully convolutional head (Long et al., arXiv:1411.4038) on one of the backbone's features. Its loss gives the backbone a shorter way
/// to learn (PSPNet, arXiv:1612.01105, section 3.3): mmsegmentation and Hugging Face train UPerNet so. It is left out of exports,
/// measurements and prunings.
/// </summary>
/// <param name="Widths">Output channels of each 3 x 3 convolution; 256 once, as published for UPerNet.</param>
public sealed record AuxiliaryHead(ValueList<int> Widths)
{
    /// <summary>Which of the backbone's features it reads, 0 being the finest; where it is not given, the one before the coarsest.</summary>
    public int? Level { get; init; }

    /// <summary>Channels of a further 3 x 3 convolution over the feature and what became of it, joined; 0 for none.</summary>
    public int JoinedWidth { get; init; }

    /// <summary>Maps to logits at the stride of the feature.</summary>
    /// <param name="op">The reader.</param>
    /// <param name="features">The backbone's <see cref="Backbone.Features"/>.</param>
    /// <param name="classes">Number of classes.</param>
    public T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var level = Level ?? Math.Max(0, features.Count - 2);
        if (level < 0 || level >= features.Count)
            throw new ArgumentException($"The auxiliary head reads feature {level}, but the backbone has 0 to {features.Count - 1}.", nameof(features));
        var x = features[level];
        for (var i = 0; i < Widths.Count; i++)
            x = op.ConvNorm(x, In($"convs.{i}"), new ConvOptions(Widths[i], 3) { Padding = 1 }, Activation.Relu);
        if (JoinedWidth > 0)
            x = op.ConvNorm(op.Concat([features[level], x]), In("joined"), new ConvOptions(JoinedWidth, 3) { Padding = 1 }, Activation.Relu);
        return op.Conv(x, In("classifier"), new ConvOptions(classes, 1) { Bias = true });   // [B, classes, H/s, W/s]
    }

    /// <summary>See <see cref="Architecture.Narrowed"/>.</summary>
    public AuxiliaryHead Narrowed(Widths widths) => this with
    {
        Widths = [.. Widths.Select((_, i) => widths(In($"convs.{i}.conv")))],
        JoinedWidth = JoinedWidth > 0 ? widths(In("joined.conv")) : 0,
    };

    private static string In(string name) => $"{Architecture.AuxiliaryName}.{name}";
}
