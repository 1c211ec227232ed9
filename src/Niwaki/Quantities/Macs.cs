namespace Niwaki;

/// <summary>An amount of work: multiply-accumulate operations.</summary>
/// <param name="Value">Multiply-accumulates.</param>
public readonly record struct Macs(long Value) : IComparable<Macs>
{
    /// <inheritdoc/>
    public int CompareTo(Macs other) => Value.CompareTo(other.Value);

    /// <summary>Prints with a unit, three significant digits.</summary>
    public override string ToString() => Quantity.Print(Value, "MAC");

    /// <summary>Smaller than.</summary>
    public static bool operator <(Macs left, Macs right) => left.Value < right.Value;

    /// <summary>Larger than.</summary>
    public static bool operator >(Macs left, Macs right) => left.Value > right.Value;

    /// <summary>At most.</summary>
    public static bool operator <=(Macs left, Macs right) => left.Value <= right.Value;

    /// <summary>At least.</summary>
    public static bool operator >=(Macs left, Macs right) => left.Value >= right.Value;
}
