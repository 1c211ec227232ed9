namespace Niwaki.Torch;

/// <summary>What an importance may look at.</summary>
/// <param name="Graph">The network's channels.</param>
/// <param name="Groups">The groups that are asked for, in the order of the answer.</param>
/// <param name="Weights">The network's parameters and buffers.</param>
/// <param name="Preprocess">How pictures are prepared.</param>
/// <param name="Context">Data, seed, log and cancellation.</param>
public sealed record ImportanceRequest(
    ChannelGraph Graph,
    IReadOnlyList<ChannelGroup> Groups,
    IReadOnlyDictionary<string, Weight> Weights,
    Preprocess Preprocess,
    StageContext Context);
