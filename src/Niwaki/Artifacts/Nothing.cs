namespace Niwaki;

/// <summary>The start of a recipe: nothing yet.</summary>
public sealed record Nothing(string Folder) : Artifact(Folder)
{
    /// <summary>The one value.</summary>
    public static Nothing Value { get; } = new(string.Empty) { Digest = "nothing", Lineage = [] };
}
