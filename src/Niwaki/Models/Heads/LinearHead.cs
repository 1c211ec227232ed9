namespace Niwaki;

/// <summary>A linear classifier, <c>[B, classes]</c>. With a distillation token its own classifier is averaged in (DeiT, arXiv:2012.12877, section 4).</summary>
public sealed record LinearHead : Head
{
    /// <inheritdoc/>
    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes)
    {
        var logits = op.Linear(features[0], In("fc"), classes);
        return features.Count > 1 ? op.Mean(logits, op.Linear(features[1], In("fc_dist"), classes)) : logits;
    }

    /// <inheritdoc/>
    protected internal override bool ReadsVectors => true;

    /// <inheritdoc/>
    public override Head Narrowed(Widths widths, int features) => this;
}
