namespace Niwaki.Vision;

/// <summary>A folder of pictures without masks, with all folders below it; of a labelled dataset's folder, its training images.</summary>
/// <param name="Root">The folder.</param>
public sealed record UnlabelledDataSource(string Root) : DataSource
{
    /// <summary>At most this many pictures, evenly spread; for quick runs.</summary>
    public int? Limit { get; init; }

    /// <summary>None: nothing is labelled.</summary>
    public override IReadOnlyList<ClassInfo> Classes() => [];

    /// <summary>All pictures, whatever split is asked for.</summary>
    /// <param name="split">Of no meaning here.</param>
    public override ISampleSet Open(Split split) => new FileSampleSet(DatasetFiles.Take(DatasetFiles.Unpaired(Folder()), Limit), Classes()).Checked();

    /// <summary>All pictures, also those that cannot be read: for who leaves such out.</summary>
    /// <exception cref="StageException">There is none.</exception>
    public ISampleSet OpenUnchecked()
    {
        var pictures = DatasetFiles.Take(DatasetFiles.Unpaired(Folder()), Limit);
        return pictures.Count > 0 ? new FileSampleSet(pictures, Classes()) : new FileSampleSet(pictures, Classes()).Checked();
    }

    /// <inheritdoc/>
    public override string Digest() => new DatasetDigest("unlabelled", Root, Limit, Classes()).AddFolder(Folder()).Hex();

    private string Folder()
    {
        DatasetFiles.RequireFolder(Root);
        string[] labelled = [Path.Combine(Root, "train", "images"), Path.Combine(Root, "IMG", "train"), Path.Combine(Root, "images")];
        return Array.Find(labelled, Directory.Exists) ?? Root;
    }
}
