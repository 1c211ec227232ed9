namespace Niwaki;

/// <summary>
/// A network as data: every width, depth and head count of every block. A pruned network is another value of the same type.
/// Segmentation logits come at the head's own stride, <c>[B, classes, H/s, W/s]</c>; a consumer resizes them bilinearly.
/// </summary>
/// <param name="Backbone">Makes features.</param>
/// <param name="Head">Makes logits from them.</param>
/// <param name="Classes">Number of classes.</param>
public sealed record Architecture(Backbone Backbone, Head Head, int Classes)
{
    /// <summary>Name prefix of the backbone's parameters.</summary>
    public const string BackboneName = "backbone";

    /// <summary>Name prefix of the head's parameters.</summary>
    public const string HeadName = "head";

    /// <summary>Name prefix of the auxiliary head's parameters.</summary>
    public const string AuxiliaryName = "auxiliary";

    /// <summary>A second head whose loss helps the training; nothing else runs it, so that it costs a deployed model nothing.</summary>
    public AuxiliaryHead? Auxiliary { get; init; }

    /// <summary>The network: image <c>[B, 3, H, W]</c> to logits.</summary>
    public T Forward<T>(IOps<T> op, T image) => Head.Forward(op, Read(op, image), Classes);

    /// <summary>The logits, and after them those of the auxiliary head where there is one: what a training reads.</summary>
    public IReadOnlyList<T> Outputs<T>(IOps<T> op, T image)
    {
        var features = Read(op, image);
        if (Auxiliary is null)
            return [Head.Forward(op, features, Classes)];
        if (Head.ReadsVectors)
            throw new ArgumentException("An auxiliary head reads maps, but this head reads vectors: leave it out.");
        return [Head.Forward(op, features, Classes), Auxiliary.Forward(op, features, Classes)];
    }

    /// <summary>The network that is deployed.</summary>
    public Architecture WithoutAuxiliary() => Auxiliary is null ? this : this with { Auxiliary = null };

    /// <summary>
    /// The same network with other widths: <paramref name="widths"/> gives the new number of output channels of a convolution or linear
    /// layer by its full name. Every width follows that a cut can change; the rest stays.
    /// </summary>
    public Architecture Narrowed(Widths widths) => this with
    {
        Backbone = Backbone.Narrowed(widths, Head.ReadsVectors),
        Head = Head.Narrowed(widths, Backbone.FeatureCount),
        Auxiliary = Auxiliary?.Narrowed(widths),
    };

    private IReadOnlyList<T> Read<T>(IOps<T> op, T image) => Head.ReadsVectors ? Backbone.Vectors(op, image) : Backbone.Features(op, image);
}
