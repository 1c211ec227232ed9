namespace Niwaki.Parity.Tests;

/// <summary>Gives one feature of the backbone as the network's output, for readers without taps.</summary>
internal sealed record FeatureHead(int Level) : Head
{
    protected internal override bool ReadsVectors => false;

    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes) => features[Level];

    public override Head Narrowed(Widths widths, int features) => this;
}
