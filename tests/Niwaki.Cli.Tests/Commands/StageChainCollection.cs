namespace Niwaki.Cli.Tests;

/// <summary>One undisturbed chain for all tests that disturb one.</summary>
[CollectionDefinition(nameof(StageChain))]
public sealed class StageChainCollection : ICollectionFixture<StageChain>;
