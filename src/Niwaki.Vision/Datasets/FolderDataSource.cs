namespace Niwaki.Vision;

/// <summary>
/// A folder <c>ROOT/{train,val}/{images,masks}/</c> with <c>ROOT/classes.json</c> (<c>[{"name": "water", "color": "#2f6fde"}, …]</c>). An image
/// and its mask have one name up to the extension; a mask is a PNG whose pixel value is the class, 255 = ignored.
/// </summary>
/// <param name="Root">The folder.</param>
public sealed record FolderDataSource(string Root) : DataSource
{
    /// <summary>File name of the list of classes.</summary>
    public const string ClassesFile = "classes.json";

    /// <summary>The classes in the order of their indices, for a folder that has no classes.json; it wins over one.</summary>
    public ValueList<ClassInfo>? Legend { get; init; }

    /// <summary>At most this many pictures of each split, evenly spread over it; for quick runs.</summary>
    public int? Limit { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<ClassInfo> Classes() => DatasetClasses.Of(Root, Legend);

    /// <inheritdoc/>
    public override ISampleSet Open(Split split)
    {
        var folder = SplitFolder(split);
        var pictures = DatasetFiles.Pair(Path.Combine(folder, "images"), Path.Combine(folder, "masks"));
        return new FileSampleSet(DatasetFiles.Take(pictures, Limit), Classes()).Checked();
    }

    /// <inheritdoc/>
    public override string Digest() => new DatasetDigest("folder", Root, Limit, Classes())
        .AddFolder(SplitFolder(Split.Train)).AddFolder(SplitFolder(Split.Validation)).Hex();

    private string SplitFolder(Split split)
    {
        DatasetFiles.RequireFolder(Root);
        if (split == Split.Train)
            return DatasetFiles.RequireFolder(Path.Combine(Root, "train"));
        var (brief, full) = (Path.Combine(Root, "val"), Path.Combine(Root, "validation"));
        return (Directory.Exists(brief), Directory.Exists(full)) switch
        {
            (true, true) => throw new StageException($"{Root}: has both val and validation. Keep one of them."),
            (_, true) => full,
            _ => DatasetFiles.RequireFolder(brief),
        };
    }
}
