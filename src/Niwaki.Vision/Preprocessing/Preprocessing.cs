namespace Niwaki.Vision;

/// <summary>Carries out a <see cref="Preprocess"/> contract, and takes it back: the same geometry for pictures, labels and predictions.</summary>
public static class Preprocessing
{
    /// <summary>The network's input for one picture, <c>[3, H, W]</c>.</summary>
    public static float[] Apply(this Preprocess preprocess, RgbImage image)
    {
        var planes = new float[3 * preprocess.Height * preprocess.Width];
        preprocess.Apply(image, planes);
        return planes;
    }

    /// <summary>Writes the network's input for one picture.</summary>
    /// <param name="preprocess">The contract.</param>
    /// <param name="image">A picture of any size.</param>
    /// <param name="planes">3 * H * W numbers, plane by plane.</param>
    public static void Apply(this Preprocess preprocess, RgbImage image, Span<float> planes) => Resampler.Resample(preprocess, image, planes);

    /// <summary>The labels that belong to <see cref="Apply(Preprocess, RgbImage)"/>: nearest pixel, and <see cref="LabelMap.Ignore"/> where a letterbox is filled.</summary>
    public static LabelMap ApplyToLabels(this Preprocess preprocess, LabelMap labels)
    {
        var fitted = new byte[preprocess.Height * preprocess.Width];
        preprocess.ApplyToLabels(labels, fitted);
        return new LabelMap(preprocess.Width, preprocess.Height, fitted);
    }

    /// <summary>Writes the labels that belong to <see cref="Apply(Preprocess, RgbImage, Span{float})"/>.</summary>
    /// <param name="preprocess">The contract.</param>
    /// <param name="labels">Of any size.</param>
    /// <param name="fitted">H * W labels.</param>
    public static void ApplyToLabels(this Preprocess preprocess, LabelMap labels, Span<byte> fitted)
    {
        var (width, height) = (preprocess.Width, preprocess.Height);
        if (fitted.Length < width * height)
            throw new ArgumentException($"Holds {fitted.Length} labels, but {width}x{height} are written.", nameof(fitted));
        var placement = Placement.Of(preprocess, labels.Width, labels.Height);
        var columns = new int[width];
        for (var x = 0; x < width; x++)
            columns[x] = Placement.Nearest(x, placement.Left, placement.Width, labels.Width);
        for (var y = 0; y < height; y++)
        {
            var target = fitted.Slice(y * width, width);
            var row = Placement.Nearest(y, placement.Top, placement.Height, labels.Height);
            if (row < 0)
            {
                target.Fill(LabelMap.Ignore);
                continue;
            }

            var source = labels.Labels.AsSpan(row * labels.Width, labels.Width);
            for (var x = 0; x < width; x++)
                target[x] = columns[x] < 0 ? LabelMap.Ignore : source[columns[x]];
        }
    }

    /// <summary>
    /// Labels at the picture's own size: logits are resampled bilinearly, then the largest wins. What a centre crop cut off gets
    /// the label of the nearest pixel that the network saw.
    /// </summary>
    /// <param name="preprocess">The contract under which the prediction was made.</param>
    /// <param name="prediction">At any output size of the same aspect as the input.</param>
    /// <param name="width">The picture's width.</param>
    /// <param name="height">The picture's height.</param>
    public static LabelMap Restore(this Preprocess preprocess, Prediction prediction, int width, int height) => Restoration.Restore(preprocess, prediction, width, height);
}
