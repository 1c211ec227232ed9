namespace Niwaki;

/// <summary>A latency that nobody measured.</summary>
/// <param name="Device">The device.</param>
/// <param name="Runtime">Its runtime.</param>
/// <param name="Threads">Threads; 0 where the runtime is on a GPU.</param>
/// <param name="Predicted">The time for one picture.</param>
/// <param name="MedianFactor">Where models were measured, half of them were predicted within this factor.</param>
/// <param name="WorstFactor">Where models were measured, all of them were predicted within this factor.</param>
/// <param name="Basis">Where those models were measured, and what that says of this device.</param>
public sealed record LatencyPrediction(string Device, string Runtime, int Threads, TimeSpan Predicted, double MedianFactor, double WorstFactor, string Basis)
{
    /// <summary>The shortest time that the measured models would allow.</summary>
    public TimeSpan Shortest => Predicted / WorstFactor;

    /// <summary>The longest time that the measured models would allow.</summary>
    public TimeSpan Longest => Predicted * WorstFactor;

    /// <summary>Predicts.</summary>
    /// <param name="layers">What the model does.</param>
    /// <param name="profile">The device.</param>
    /// <param name="runtime">One of its runtimes.</param>
    /// <param name="threads">Threads for a processor.</param>
    /// <param name="fit">What a measured machine reached.</param>
    /// <exception cref="StageException">The profile lacks figures.</exception>
    public static LatencyPrediction Of(IReadOnlyList<LayerWork> layers, DeviceProfile profile, DeviceRuntime runtime, int threads, RooflineFit fit)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(fit);
        var gpu = runtime.Family != RuntimeFamily.Onnxruntime;
        // where nothing was measured, the error is that of a machine that the fit had not seen
        var points = profile.Name == fit.Device || fit.Elsewhere.Count == 0 ? fit.Points : fit.Elsewhere;
        return new LatencyPrediction(profile.Name, runtime.Name, gpu ? 0 : threads, fit.Shares.On(profile, runtime, threads).Of(layers), RooflineFit.Median(points), points.Max(point => point.Factor), BasisOf(fit, profile, gpu));
    }

    /// <summary>Predicts layer by layer, slowest first; their sum is the prediction of the model.</summary>
    /// <param name="layers">What the model does.</param>
    /// <param name="profile">The device.</param>
    /// <param name="runtime">One of its runtimes.</param>
    /// <param name="threads">Threads for a processor.</param>
    /// <param name="fit">What a measured machine reached.</param>
    /// <exception cref="StageException">The profile lacks figures.</exception>
    public static IReadOnlyList<PredictedLayer> LayersOf(IReadOnlyList<LayerWork> layers, DeviceProfile profile, DeviceRuntime runtime, int threads, RooflineFit fit)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(fit);
        var roofline = fit.Shares.On(profile, runtime, threads);
        return [.. layers.Select(layer => new PredictedLayer(layer.Name, layer.Operator, layer.Macs, layer.Moved, roofline.Of(layer))).OrderByDescending(layer => layer.Predicted)];
    }

    private static string BasisOf(RooflineFit fit, DeviceProfile profile, bool gpu) =>
        (profile.Name == fit.Device || fit.Elsewhere.Count == 0
            ? $"{Measured(fit)}, each predicted from the others"
            : $"{fit.Elsewhere.Count} models measured on {fit.OtherMachine}, each predicted from {Measured(fit)}")
        + (profile.Name == fit.Device ? "." : gpu
            ? "; nothing was measured on this device, and its graphics processor is of another kind: only the order of magnitude is meant."
            : "; nothing was measured on this device, so that the error here can be larger.");

    private static string Measured(RooflineFit fit) => $"{fit.Points.Count} models measured on {fit.Machine} ({fit.Engine}, {fit.Threads} thread{(fit.Threads == 1 ? string.Empty : "s")})";
}
