namespace Niwaki.Vision;

/// <summary>From 0..255 to the network's numbers: <c>value * factor + offset</c> for each plane.</summary>
internal readonly record struct Normalisation(ChannelOrder Order, ValueList<float> Mean, ValueList<float> Std)
{
    public static Normalisation Of(Preprocess preprocess)
    {
        if (preprocess.Mean.Count != 3 || preprocess.Std.Count != 3 || preprocess.Std.Any(std => !(std > 0)) || preprocess.Width < 1 || preprocess.Height < 1)
            throw new StageException($"preprocess: {preprocess.Width}x{preprocess.Height}, mean {preprocess.Mean}, std {preprocess.Std}; needed are a size from 1 up, three means and three standard deviations above 0.");
        return new Normalisation(preprocess.ChannelOrder, preprocess.Mean, preprocess.Std);
    }

    public int SourceChannel(int plane) => Order == ChannelOrder.Rgb ? plane : 2 - plane;

    public float Factor(int plane) => 1 / (255 * Std[plane]);

    public float Offset(int plane) => -Mean[plane] / Std[plane];
}
