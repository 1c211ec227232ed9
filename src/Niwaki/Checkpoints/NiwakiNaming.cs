namespace Niwaki;

/// <summary>Our own names.</summary>
public sealed record NiwakiNaming : Naming
{
    /// <inheritdoc/>
    protected override IReadOnlyList<NameRule> Rules { get; } = [NameRule.Tensor(@"((?:backbone|head|auxiliary)\..+)", "$1")];
}
