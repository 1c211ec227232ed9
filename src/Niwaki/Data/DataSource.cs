namespace Niwaki;

/// <summary>Where pictures come from: one record for each dataset layout, found by the <see cref="Catalog"/>.</summary>
public abstract record DataSource
{
    /// <summary>The classes, in the order of their indices.</summary>
    /// <exception cref="StageException">The folder or its <c>classes.json</c> is missing or wrong.</exception>
    public abstract IReadOnlyList<ClassInfo> Classes();

    /// <summary>Opens a split without decoding it.</summary>
    /// <exception cref="StageException">The split is empty, or images and masks do not pair.</exception>
    public abstract ISampleSet Open(Split split);

    /// <summary>A SHA-256 in hex that changes when the data changes (file names, sizes and times; or the generator's options): part of every cache key.</summary>
    public abstract string Digest();
}
