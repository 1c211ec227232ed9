namespace Niwaki;

/// <summary>An amount of storage. Text: <c>"1.5 MB"</c> (powers of 1000) or <c>"1.5 MiB"</c> (powers of 1024).</summary>
/// <param name="Value">Bytes.</param>
public readonly record struct Bytes(long Value) : IComparable<Bytes>
{
    /// <inheritdoc/>
    public int CompareTo(Bytes other) => Value.CompareTo(other.Value);

    /// <summary>Prints with a unit, three significant digits.</summary>
    public override string ToString() => Quantity.Print(Value, "B");

    /// <summary>Reads <c>"250 MB"</c>, <c>"4 GiB"</c> or a bare number of bytes.</summary>
    public static bool TryParse(string text, out Bytes value)
    {
        var read = Quantity.TryParse(text, "B", out var number);
        value = new Bytes((long)number);
        return read;
    }

    /// <summary>Smaller than.</summary>
    public static bool operator <(Bytes left, Bytes right) => left.Value < right.Value;

    /// <summary>Larger than.</summary>
    public static bool operator >(Bytes left, Bytes right) => left.Value > right.Value;

    /// <summary>At most.</summary>
    public static bool operator <=(Bytes left, Bytes right) => left.Value <= right.Value;

    /// <summary>At least.</summary>
    public static bool operator >=(Bytes left, Bytes right) => left.Value >= right.Value;
}
