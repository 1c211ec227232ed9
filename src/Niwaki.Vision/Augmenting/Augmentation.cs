namespace Niwaki.Vision;

/// <summary>
/// Random views of a training picture: scaled, shifted, turned and mirrored in one resampling step from the decoded picture to the
/// network's input, then recoloured and blurred. Labels go through the very same step; what lies outside of the picture is the mean
/// colour, and <see cref="LabelMap.Ignore"/> in the labels.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Nothing at random.</summary>
    public static Augmentation None { get; } = new()
    {
        MinScale = 1,
        MaxScale = 1,
        HorizontalFlip = 0,
        Rotation = 0,
        Brightness = 0,
        Contrast = 0,
        Saturation = 0,
        Hue = 0,
        Blur = 0,
    };

    /// <summary>Least scale, against the size at which the network will see whole pictures.</summary>
    public double MinScale { get; init; } = 0.5;

    /// <summary>Most scale; above 1 a part of the picture is cut out. Even on a logarithmic scale in between.</summary>
    public double MaxScale { get; init; } = 2;

    /// <summary>Chance of left and right exchanged.</summary>
    public double HorizontalFlip { get; init; } = 0.5;

    /// <summary>Chance of top and bottom exchanged: 0.5 suits pictures taken straight down, 0 all others.</summary>
    public double VerticalFlip { get; init; }

    /// <summary>Most turn to either side, in degrees.</summary>
    public double Rotation { get; init; } = 10;

    /// <summary>Most change of brightness: 0.25 multiplies by 0.75 to 1.25.</summary>
    public double Brightness { get; init; } = 0.25;

    /// <summary>Most change of contrast around the picture's mean grey.</summary>
    public double Contrast { get; init; } = 0.25;

    /// <summary>Most change of saturation.</summary>
    public double Saturation { get; init; } = 0.25;

    /// <summary>Most turn of the hue, as a fraction of the colour circle.</summary>
    public double Hue { get; init; } = 0.02;

    /// <summary>Chance of a Gaussian blur.</summary>
    public double Blur { get; init; } = 0.2;

    /// <summary>Most standard deviation of the blur, in network pixels.</summary>
    public double MaxBlur { get; init; } = 1.5;

    /// <summary>Refuses values that make no picture.</summary>
    /// <exception cref="StageException">A value out of range.</exception>
    public void Validate()
    {
        Check(nameof(MinScale), MinScale, 0.05, 20);
        Check(nameof(MaxScale), MaxScale, MinScale, 20);
        Check(nameof(HorizontalFlip), HorizontalFlip, 0, 1);
        Check(nameof(VerticalFlip), VerticalFlip, 0, 1);
        Check(nameof(Rotation), Rotation, 0, 180);
        Check(nameof(Brightness), Brightness, 0, 1);
        Check(nameof(Contrast), Contrast, 0, 1);
        Check(nameof(Saturation), Saturation, 0, 1);
        Check(nameof(Hue), Hue, 0, 0.5);
        Check(nameof(Blur), Blur, 0, 1);
        Check(nameof(MaxBlur), MaxBlur, 0, 20);

        static void Check(string name, double value, double least, double most)
        {
            if (!(value >= least && value <= most))
                throw new StageException($"augmentation: {Catalog.Kebab(name)} is {value}, but a number from {least} to {most} is needed.");
        }
    }

    /// <summary>Writes one random view.</summary>
    /// <param name="sample">A decoded picture.</param>
    /// <param name="preprocess">The network's contract.</param>
    /// <param name="seed">The same seed gives the same view.</param>
    /// <param name="image">3 * H * W numbers, plane by plane.</param>
    /// <param name="labels">H * W labels; all <see cref="LabelMap.Ignore"/> where the sample has none.</param>
    public void Apply(Sample sample, Preprocess preprocess, int seed, Span<float> image, Span<byte> labels)
    {
        var random = new RandomStream(seed, 0);
        Apply(sample, null, preprocess, ref random, image, labels);
    }

    internal void Apply(Sample sample, byte? label, Preprocess preprocess, ref RandomStream random, Span<float> image, Span<byte> labels)
    {
        var (x, y) = (sample.Image.Width / 2.0, sample.Image.Height / 2.0);
        var focused = label is not null && sample.Labels is not null;
        if (focused)
        {
            var count = LabelCounts.Of(sample.Labels!)[label!.Value];
            var at = LabelCounts.Find(sample.Labels!, label.Value, random.Below(count));
            (x, y) = (at % sample.Labels!.Width + 0.5, at / sample.Labels!.Width + 0.5);
        }

        var view = DrawView(preprocess, sample.Image.Width, sample.Image.Height, focused ? (x, y) : null, ref random);
        var color = ColorChange.Draw(this, sample.Image, Normalisation.Of(preprocess), ref random);
        Warp.Picture(sample.Image, view, color, preprocess, image);
        Warp.Labels(sample.Labels, view, preprocess, labels);
        if (random.Chance(Blur))
            GaussianBlur.Apply(image, preprocess.Width, preprocess.Height, random.Uniform(0.3, Math.Max(0.3, MaxBlur)));
    }

    private Affine DrawView(Preprocess preprocess, int width, int height, (double X, double Y)? focus, ref RandomStream random)
    {
        var scale = MinScale * Math.Pow(MaxScale / MinScale, random.Uniform());
        var placement = Placement.Of(preprocess, width, height);
        var (perX, perY) = (placement.Width * scale / width, placement.Height * scale / height); // network pixels for a picture's pixel
        var left = Shift(preprocess.Width, placement.Width * scale, focus?.X * perX, ref random);
        var top = Shift(preprocess.Height, placement.Height * scale, focus?.Y * perY, ref random);
        var turn = random.Uniform(-Rotation, Rotation) * Math.PI / 180;
        var (mirrorX, mirrorY) = (random.Chance(HorizontalFlip), random.Chance(VerticalFlip));
        var (centerX, centerY) = (preprocess.Width / 2.0, preprocess.Height / 2.0);
        return Affine.Identity
            .Then(1, 0, 0, 1, -centerX, -centerY)
            .Then(mirrorX ? -1 : 1, 0, 0, mirrorY ? -1 : 1, 0, 0)
            .Then(Math.Cos(turn), -Math.Sin(turn), Math.Sin(turn), Math.Cos(turn), centerX - left, centerY - top)
            .Then(1 / perX, 0, 0, 1 / perY, 0, 0);
    }

    /// <summary>Where the scaled picture begins on one axis: anywhere that wastes no part of the input, with the focus inside of it.</summary>
    private static double Shift(double network, double picture, double? focus, ref RandomStream random)
    {
        var room = network - picture;
        return focus is { } at
            ? Math.Clamp(random.Uniform(0.1, 0.9) * network - at, Math.Min(0, room), Math.Max(0, room))
            : random.Uniform(Math.Min(0, room), Math.Max(0, room));
    }
}
