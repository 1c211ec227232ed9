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

    /// <summary>The network: image <c>[B, 3, H, W]</c> to logits.</summary>
    public T Forward<T>(IOps<T> op, T image) => Head.Forward(op, Backbone, image, Classes);

    /// <summary>
    /// The same network with other widths: <paramref name="widths"/> gives the new number of output channels of a convolution or linear
    /// layer by its full name. Every width follows that a cut can change; the rest stays.
    /// </summary>
    public Architecture Narrowed(Widths widths) => this with
    {
        Backbone = Backbone.Narrowed(widths, Head.ReadsVectors),
        Head = Head.Narrowed(widths, Backbone.FeatureCount),
    };
}
