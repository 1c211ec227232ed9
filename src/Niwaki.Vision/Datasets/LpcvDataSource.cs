namespace Niwaki.Vision;

/// <summary>
/// The layout of the Low-Power Computer Vision Challenge 2023: pictures <c>ROOT/IMG/{train,val}/</c>, labels <c>ROOT/GT/{train,val}/</c>
/// (PNG, the first channel is the class), with the challenge's 14 classes.
/// </summary>
/// <param name="Root">The folder that holds IMG and GT.</param>
public sealed record LpcvDataSource(string Root) : DataSource
{
    /// <summary>At most this many pictures of each split, evenly spread over it; for quick runs.</summary>
    public int? Limit { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<ClassInfo> Classes() => LpcvClasses.All;

    /// <inheritdoc/>
    public override ISampleSet Open(Split split)
    {
        DatasetFiles.RequireFolder(Root);
        var pictures = DatasetFiles.Pair(Path.Combine(Root, "IMG", Name(split)), Path.Combine(Root, "GT", Name(split)));
        return new FileSampleSet(DatasetFiles.Take(pictures, Limit), Classes()).Checked();
    }

    /// <inheritdoc/>
    public override string Digest()
    {
        var digest = new DatasetDigest("lpcv", Root, Limit, Classes());
        foreach (var part in new[] { "IMG", "GT" })
        {
            foreach (var split in Enum.GetValues<Split>())
                digest.AddFolder(DatasetFiles.RequireFolder(Path.Combine(Root, part, Name(split))));
        }

        return digest.Hex();
    }

    private static string Name(Split split) => split == Split.Train ? "train" : "val";
}
