namespace Niwaki;

/// <summary>What a pruning budget counts.</summary>
public enum CostKind
{
    /// <summary>Multiply-accumulates for one picture: time.</summary>
    Macs,

    /// <summary>Numbers in the weights: size.</summary>
    Parameters,
}

/// <summary>Reads a cost by its kind.</summary>
public static class CostKinds
{
    /// <summary>The number that is counted.</summary>
    public static long Of(this CostKind kind, ModelCost cost) => kind == CostKind.Macs ? cost.Macs.Value : cost.Parameters;

    /// <summary>A number of that kind with its unit.</summary>
    public static string Print(this CostKind kind, long value) => kind == CostKind.Macs ? new Macs(value).ToString() : $"{value:#,0} parameters";
}
