namespace Niwaki;

/// <summary>A set of pictures with random access. <see cref="Load"/> decodes on demand and may be called from many threads.</summary>
public interface ISampleSet
{
    /// <summary>How many pictures there are.</summary>
    int Count { get; }

    /// <summary>Decodes picture <paramref name="index"/>, 0 to <see cref="Count"/> - 1.</summary>
    /// <exception cref="StageException">The picture or its mask cannot be used; the message names the file and the remedy.</exception>
    Sample Load(int index);

    /// <summary>How many pixels of each class picture <paramref name="index"/> has (for class-balanced sampling); may decode its mask only.</summary>
    IReadOnlyList<long> ClassPixels(int index);
}
