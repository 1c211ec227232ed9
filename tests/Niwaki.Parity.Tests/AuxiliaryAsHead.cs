namespace Niwaki.Parity.Tests;

/// <summary>Gives the auxiliary head's logits as the network's output, for readers that only know one.</summary>
internal sealed record AuxiliaryAsHead(AuxiliaryHead Auxiliary) : Head
{
    protected internal override bool ReadsVectors => false;

    public static Architecture Of(Architecture architecture) => architecture with { Head = new AuxiliaryAsHead(architecture.Auxiliary!), Auxiliary = null };

    public override T Forward<T>(IOps<T> op, IReadOnlyList<T> features, int classes) => Auxiliary.Forward(op, features, classes);

    public override Head Narrowed(Widths widths, int features) => new AuxiliaryAsHead(Auxiliary.Narrowed(widths));
}
