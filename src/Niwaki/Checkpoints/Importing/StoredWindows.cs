namespace Niwaki;

/// <summary>
/// The windows of a Swin v2, which are nowhere in its weights: some libraries store the coordinates of its position biases beside them,
/// which tell the window and the window of the pretraining.
/// </summary>
internal static class StoredWindows
{
    private const string Table = ".relative_coords_table";
    private const string Scale = ".logit_scale";

    /// <summary>Under which name a window goes among the shapes of tensors.</summary>
    /// <param name="attention">Our name of an attention.</param>
    public static string NameOf(string attention) => $"windows.{attention}";

    /// <summary>For each attention that stores its coordinates: rows and columns of the window, and the side of the pretraining's (0 if that is the same).</summary>
    public static IEnumerable<(string Name, Shape Window)> In(Naming naming, IReadOnlyDictionary<string, Weight> state)
    {
        foreach (var (name, table) in state)
        {
            if (!name.EndsWith(Table, StringComparison.Ordinal) || table.Shape is not { Rank: 4 } shape || table.Values.Length == 0)
                continue;
            if (naming.Names([name[..^Table.Length] + Scale]).First().Ours is { } ours)
                yield return (NameOf(ours[..^Scale.Length]), new Shape((shape[1] + 1) / 2, (shape[2] + 1) / 2, Pretrained((shape[1] + 1) / 2, table.Values.Max())));
        }
    }

    // the largest coordinate is log2(1 + 8 (side - 1) / (pretrained - 1)) / 3
    private static int Pretrained(int side, double largest)
    {
        var pretrained = (int)Math.Round(1 + (8 * (side - 1) / (Math.Pow(2, 3 * largest) - 1)));
        return side == 1 || pretrained == side ? 0 : pretrained;
    }
}
