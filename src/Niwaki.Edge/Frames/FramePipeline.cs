using System.Buffers;
using System.Numerics.Tensors;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>From a picture to its labels, by the same steps as every other part of Niwaki: the preprocessing contract, the engine, and back.</summary>
internal sealed class FramePipeline(EngineLanes lanes, Preprocess preprocess, IReadOnlyList<ClassInfo> classes, Tiling? tiling, TimeProvider time)
{
    /// <summary>What the model tells apart.</summary>
    public IReadOnlyList<ClassInfo> Classes => classes;

    /// <summary>The engine.</summary>
    public EngineLanes Lanes => lanes;

    /// <summary>What a picture is prepared for, where it is not cut into tiles.</summary>
    public Preprocess? Network => tiling is null ? preprocess : null;

    /// <summary>Labels a picture.</summary>
    /// <param name="image">Of any size.</param>
    /// <param name="decode">How long its decoding took, for the account.</param>
    /// <param name="cancel">Stops between two tiles.</param>
    public ValueTask<Segmentation> SegmentAsync(RgbImage image, TimeSpan decode, CancellationToken cancel) => SegmentAsync(new DecodedPicture(image), decode, cancel);

    /// <summary>Labels a picture at its own size, however large it was decoded.</summary>
    /// <param name="picture">Of any size; at its own where it is cut into tiles.</param>
    /// <param name="decode">How long its decoding took, for the account.</param>
    /// <param name="cancel">Stops between two tiles.</param>
    public async ValueTask<Segmentation> SegmentAsync(DecodedPicture picture, TimeSpan decode, CancellationToken cancel)
    {
        var image = picture.Image;
        IReadOnlyList<Tile> tiles = tiling?.Cut(preprocess, image.Width, image.Height) ?? [];
        var timing = new FrameTiming(decode, default, default, default, default);
        if (tiles.Count < 2)
        {
            var (labels, statistics, took) = await LabelAsync(picture, cancel);
            return Counted(labels, statistics, timing + took);
        }

        var all = new byte[image.Width * image.Height];
        var parts = new List<(FrameStatistics Statistics, double Weight)>();
        foreach (var tile in tiles)
        {
            var (labels, statistics, took) = await LabelAsync(new DecodedPicture(Crop(image, tile)), cancel);
            timing += took;
            var owned = tile.Owned;
            for (var y = owned.Top; y < owned.Top + owned.Height; y++)
                labels.Labels.AsSpan((y - tile.Top) * tile.Width + owned.Left - tile.Left, owned.Width).CopyTo(all.AsSpan(y * image.Width + owned.Left));
            parts.Add((statistics, (double)owned.Width * owned.Height / all.Length));
        }

        return Counted(new LabelMap(image.Width, image.Height, all), Mean(parts), timing);
    }

    private Segmentation Counted(LabelMap labels, FrameStatistics statistics, FrameTiming timing)
    {
        var begun = time.GetTimestamp();
        var areas = ClassAreas.Of(labels, classes.Count);
        return new Segmentation(labels, areas, statistics, timing with { Restore = timing.Restore + time.GetElapsedTime(begun) });
    }

    private async ValueTask<(LabelMap Labels, FrameStatistics Statistics, FrameTiming Timing)> LabelAsync(DecodedPicture picture, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var begun = time.GetTimestamp();
        // a large array for each frame would be fresh pages for each frame
        var input = ArrayPool<float>.Shared.Rent(3 * preprocess.Height * preprocess.Width);
        var (prediction, engine, prepare) = (default(Prediction)!, default(TimeSpan), default(TimeSpan));
        try
        {
            preprocess.Apply(picture.Image, input);
            prepare = time.GetElapsedTime(begun);
            (prediction, engine) = await lanes.RunAsync(input.AsMemory(0, 3 * preprocess.Height * preprocess.Width), time, cancel);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(input);
        }

        begun = time.GetTimestamp();
        var labels = preprocess.Restore(prediction, picture.Width, picture.Height);
        var restore = time.GetElapsedTime(begun);
        begun = time.GetTimestamp();
        var statistics = prediction.Statistics();
        return (labels, statistics, new FrameTiming(default, prepare, engine, restore, time.GetElapsedTime(begun)));
    }

    // the tiles' numbers by the pixels that each of them gives
    private static FrameStatistics Mean(List<(FrameStatistics Statistics, double Weight)> parts)
    {
        var first = parts[0].Statistics;
        var (areas, feature) = (new float[first.Areas.Length], new float[first.Feature.Length]);
        foreach (var (part, weight) in parts)
        {
            TensorPrimitives.MultiplyAdd(part.Areas, (float)weight, areas, areas);
            TensorPrimitives.MultiplyAdd(part.Feature, (float)weight, feature, feature);
        }

        return new FrameStatistics(
            first.Confidence is null ? null : parts.Sum(part => part.Statistics.Confidence * part.Weight),
            first.Entropy is null ? null : parts.Sum(part => part.Statistics.Entropy * part.Weight),
            areas,
            feature);
    }

    private static RgbImage Crop(RgbImage image, Tile tile)
    {
        var pixels = GC.AllocateUninitializedArray<byte>(tile.Width * tile.Height * 3);
        for (var y = 0; y < tile.Height; y++)
            image.Pixels.AsSpan(((tile.Top + y) * image.Width + tile.Left) * 3, tile.Width * 3).CopyTo(pixels.AsSpan(y * tile.Width * 3));
        return new RgbImage(tile.Width, tile.Height, pixels);
    }
}
