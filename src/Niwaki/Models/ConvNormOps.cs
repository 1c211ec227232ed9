namespace Niwaki;

internal static class ConvNormOps
{
    /// <summary>Convolution <c>name.conv</c> without bias, BatchNorm <c>name.bn</c>, activation.</summary>
    public static T ConvNorm<T>(this IOps<T> op, T image, string name, ConvOptions options, Activation activation)
    {
        var x = op.BatchNorm(op.Conv(image, $"{name}.conv", options), $"{name}.bn");
        return activation == Activation.None ? x : op.Activate(x, activation);
    }
}
