namespace Niwaki.Onnx;

/// <summary>How long a block takes by itself, in float and in 8 bits.</summary>
/// <param name="Title">The layers, for people.</param>
/// <param name="Nodes">The names of its products.</param>
/// <param name="Float">In float32.</param>
/// <param name="Int8">In 8 bits, with the conversions at its ends.</param>
/// <param name="Macs">Multiply-accumulates for one picture.</param>
public sealed record BlockTime(string Title, ValueList<string> Nodes, TimeSpan Float, TimeSpan Int8, Macs Macs)
{
    /// <summary>What 8 bits save.</summary>
    public TimeSpan Gain => Float - Int8;
}
