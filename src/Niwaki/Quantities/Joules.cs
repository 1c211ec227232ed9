namespace Niwaki;

/// <summary>An amount of energy.</summary>
/// <param name="Value">Joules.</param>
public readonly record struct Joules(double Value) : IComparable<Joules>
{
    /// <inheritdoc/>
    public int CompareTo(Joules other) => Value.CompareTo(other.Value);

    /// <summary>Prints with a unit, three significant digits.</summary>
    public override string ToString() => Quantity.Print(Value, "J");

    /// <summary>Smaller than.</summary>
    public static bool operator <(Joules left, Joules right) => left.Value < right.Value;

    /// <summary>Larger than.</summary>
    public static bool operator >(Joules left, Joules right) => left.Value > right.Value;

    /// <summary>At most.</summary>
    public static bool operator <=(Joules left, Joules right) => left.Value <= right.Value;

    /// <summary>At least.</summary>
    public static bool operator >=(Joules left, Joules right) => left.Value >= right.Value;
}
