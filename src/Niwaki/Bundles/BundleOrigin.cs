namespace Niwaki;

/// <summary>Where a bundle's model comes from.</summary>
/// <param name="Artifact">The digest of the artifact that serves.</param>
/// <param name="Made">When that artifact was finished.</param>
/// <param name="Version">The version of Niwaki that wrote the bundle.</param>
/// <param name="Lineage">The stages that led to it, oldest first.</param>
public sealed record BundleOrigin(string Artifact, DateTimeOffset Made, string Version, ValueList<LineageStep> Lineage);
