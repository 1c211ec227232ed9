namespace Niwaki;

/// <summary>What a pruning did, the <c>pruning.json</c> of its model.</summary>
/// <param name="Rounds">One after the other.</param>
public sealed record PruningReport(IReadOnlyList<PruningRound> Rounds)
{
    /// <summary>The file's name.</summary>
    public const string File = "pruning.json";
}

/// <summary>One cut.</summary>
/// <param name="Before">What the model cost.</param>
/// <param name="After">What it costs now.</param>
/// <param name="Kinds">How much of each kind of unit stayed.</param>
/// <param name="Cut">Which units of which groups stayed.</param>
public sealed record PruningRound(ModelCost Before, ModelCost After, IReadOnlyList<PrunedKind> Kinds, ChannelCut Cut);

/// <summary>How much of one kind of unit stayed.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Groups">How many groups of it may be cut.</param>
/// <param name="Units">How many units these had.</param>
/// <param name="Kept">How many stayed.</param>
public sealed record PrunedKind(ChannelKind Kind, int Groups, int Units, int Kept);
