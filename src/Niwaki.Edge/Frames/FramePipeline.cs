using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>From a picture to its labels, by the same steps as every other part of Niwaki: the preprocessing contract, the engine, and back.</summary>
internal sealed class FramePipeline(EngineLanes lanes, Preprocess preprocess, IReadOnlyList<ClassInfo> classes, Tiling? tiling, TimeProvider time)
{
    /// <summary>What the model tells apart.</summary>
    public IReadOnlyList<ClassInfo> Classes => classes;

    /// <summary>The engine.</summary>
    public EngineLanes Lanes => lanes;

    /// <summary>Labels a picture.</summary>
    /// <param name="image">Of any size.</param>
    /// <param name="decode">How long its decoding took, for the account.</param>
    /// <param name="cancel">Stops between two tiles.</param>
    public async ValueTask<Segmentation> SegmentAsync(RgbImage image, TimeSpan decode, CancellationToken cancel)
    {
        IReadOnlyList<Tile> tiles = tiling?.Cut(preprocess, image.Width, image.Height) ?? [];
        var timing = new FrameTiming(decode, default, default, default);
        if (tiles.Count < 2)
        {
            var (labels, certainty, took) = await LabelAsync(image, cancel);
            return new Segmentation(labels, CertaintyOf.Areas(labels, classes.Count), certainty, timing + took);
        }

        var all = new byte[image.Width * image.Height];
        var (confidence, entropy, sure) = (0d, 0d, 0d);
        foreach (var tile in tiles)
        {
            var (labels, certainty, took) = await LabelAsync(Crop(image, tile), cancel);
            timing += took;
            var owned = tile.Owned;
            for (var y = owned.Top; y < owned.Top + owned.Height; y++)
                labels.Labels.AsSpan((y - tile.Top) * tile.Width + owned.Left - tile.Left, owned.Width).CopyTo(all.AsSpan(y * image.Width + owned.Left));
            var weight = (double)owned.Width * owned.Height;
            if (certainty is { } known)
                (confidence, entropy, sure) = (confidence + known.Confidence * weight, entropy + known.Entropy * weight, sure + weight);
        }

        var whole = new LabelMap(image.Width, image.Height, all);
        return new Segmentation(whole, CertaintyOf.Areas(whole, classes.Count), sure > 0 ? new Certainty(confidence / sure, entropy / sure) : null, timing);
    }

    private async ValueTask<(LabelMap Labels, Certainty? Certainty, FrameTiming Timing)> LabelAsync(RgbImage image, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var begun = time.GetTimestamp();
        var input = preprocess.Apply(image);
        var prepare = time.GetElapsedTime(begun);
        var (prediction, engine) = await lanes.RunAsync(input, time, cancel);
        begun = time.GetTimestamp();
        var labels = preprocess.Restore(prediction, image.Width, image.Height);
        if (labels.Labels.AsSpan().ContainsAnyInRange((byte)classes.Count, byte.MaxValue))
            throw new StageException($"The graph gives labels from {classes.Count} up, but {classes.Count} classes are listed with it: they do not belong together.");
        var certainty = CertaintyOf.Prediction(prediction);
        return (labels, certainty, new FrameTiming(default, prepare, engine, time.GetElapsedTime(begun)));
    }

    private static RgbImage Crop(RgbImage image, Tile tile)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(tile.Width * tile.Height * 3);
        for (var y = 0; y < tile.Height; y++)
            image.Pixels.AsSpan(((tile.Top + y) * image.Width + tile.Left) * 3, tile.Width * 3).CopyTo(pixels.AsSpan(y * tile.Width * 3));
        return new RgbImage(tile.Width, tile.Height, pixels);
    }
}
