using System.Collections.Concurrent;

namespace Niwaki.Vision;

/// <summary>Pictures in files, decoded when they are asked for.</summary>
internal sealed class FileSampleSet(IReadOnlyList<DatasetPicture> pictures, IReadOnlyList<ClassInfo> classes) : ISampleSet
{
    public int Count => pictures.Count;

    /// <summary>Compares the sizes of images and masks, from their headers only.</summary>
    /// <exception cref="StageException">No picture, a header that cannot be read, or a mask of another size.</exception>
    public FileSampleSet Checked()
    {
        if (Count == 0)
            throw new StageException("The dataset holds no picture (jpg, png, webp, bmp or gif). Choose another folder.");
        var problems = new ConcurrentBag<(int Index, string Problem)>();
        Parallel.For(0, Count, i =>
        {
            try
            {
                var image = ImageCodec.SizeOf(pictures[i].Image);
                if (pictures[i].Mask is { } path && ImageCodec.MaskSizeOf(path) is var mask && mask != image)
                    problems.Add((i, $"{path} is {mask.Width}x{mask.Height}, but its image is {image.Width}x{image.Height} (upright)"));
            }
            catch (StageException problem)
            {
                problems.Add((i, problem.Message.TrimEnd('.')));
            }
        });
        DatasetFiles.Report("The dataset cannot be used:", problems.OrderBy(item => item.Index).Select(item => item.Problem), "Mend these files, or take them out together with their masks.");
        return this;
    }

    public Sample Load(int index)
    {
        var picture = pictures[index];
        var image = ImageCodec.Decode(picture.Image);
        var labels = picture.Mask is { } path ? LoadMask(path) : null;
        return labels is null || (labels.Width, labels.Height) == (image.Width, image.Height)
            ? new Sample(picture.Id, image, labels)
            : throw new StageException($"{picture.Mask} is {labels.Width}x{labels.Height}, but its image is {image.Width}x{image.Height} (upright). Mend the mask, or take both out.");
    }

    public IReadOnlyList<long> ClassPixels(int index)
    {
        var counts = new long[classes.Count];
        if (pictures[index].Mask is { } path)
            LabelCounts.Of(LoadMask(path)).CopyTo(counts, 0);
        return counts;
    }

    private LabelMap LoadMask(string path)
    {
        var labels = ImageCodec.DecodeMask(path);
        if (classes.Count < LabelMap.Ignore && labels.Labels.AsSpan().IndexOfAnyInRange((byte)classes.Count, (byte)(LabelMap.Ignore - 1)) is >= 0 and var at)
        {
            throw new StageException($"{path}: pixel ({at % labels.Width}, {at / labels.Width}) holds {labels.Labels[at]}, but the classes are 0 to {classes.Count - 1}, and 255 for ignored pixels. " +
                $"Add the missing classes to {FolderDataSource.ClassesFile}, or convert the mask so that a pixel's value is its class.");
        }

        return labels;
    }
}
