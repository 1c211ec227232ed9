namespace Niwaki;

/// <summary>Names a further artifact that a stage reads: a step of the recipe, or a folder on disk. The digest of what it names is part of the stage's cache key.</summary>
/// <param name="Name">A step's name, or a path.</param>
public sealed record ArtifactReference(string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
