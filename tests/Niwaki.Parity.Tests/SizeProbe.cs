namespace Niwaki.Parity.Tests;

/// <summary>One resizing or pooling.</summary>
internal sealed record SizeProbe(string Op, int Height, int Width) : Head
{
    protected internal override bool ReadsVectors => false;

    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes) => Op switch
    {
        "pool" => op.AveragePool(features[0], Height, Width),
        _ => op.Resize(features[0], Height, Width, alignCorners: Op == "corners"),
    };

    public override Head Narrowed(Widths widths, int features) => this;
}
