namespace Niwaki;

/// <summary>A block of numbers that tensors are views of.</summary>
/// <param name="Key">Its name in the archive.</param>
/// <param name="Type">Of its elements; null where only its tensors know.</param>
/// <param name="Count">Elements, or bytes where there is no type.</param>
internal sealed record TorchStorage(string Key, ElementType? Type, long Count)
{
    /// <summary>First element of the block that this is a view of.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes of the whole.</summary>
    public long Bytes => Count * (Type is { } type ? Elements.Size(type) : 1);
}
