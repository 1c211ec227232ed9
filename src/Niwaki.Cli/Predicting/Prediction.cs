using Niwaki.Onnx;

namespace Niwaki.Cli;

/// <summary>Predicts latencies for devices that are not here.</summary>
internal static class Prediction
{
    private const string Resource = "roofline.json";

    /// <summary>What a machine reached on which models were measured.</summary>
    /// <param name="path">A file of <c>niwaki roofline</c>; <see langword="null"/> for what was found on this project's machine.</param>
    /// <param name="words">Reads it.</param>
    /// <exception cref="StageException">There is no such file, or it holds no measured models.</exception>
    public static RooflineFit Fit(string? path, Vocabulary words)
    {
        if (path is not null && !File.Exists(path))
            throw new StageException($"{path}: there is no such file. 'niwaki roofline' writes it.");
        using var reader = path is null ? new StreamReader(typeof(Prediction).Assembly.GetManifestResourceStream(Resource)!) : new StreamReader(path);
        var fit = words.Read<RooflineFit>(reader.ReadToEnd(), path ?? Resource);
        return fit.Points.Count > 0 && fit.Points.All(point => point.Measured > TimeSpan.Zero && point.Predicted > TimeSpan.Zero)
            ? fit
            : throw new StageException($"{path}: has no models with times above zero. Make it again with 'niwaki roofline'.");
    }

    /// <summary>The profiles of several files.</summary>
    /// <exception cref="StageException">One of them is missing, or is no profile.</exception>
    public static IReadOnlyList<DeviceProfile> Profiles(IEnumerable<string>? files, Vocabulary words) => [.. (files ?? []).Select(file => DeviceProfile.Read(file, words))];

    /// <summary>For every runtime of every device that computes in the graph's precision, at the device's number of threads.</summary>
    /// <exception cref="StageException">A profile lacks figures, or the graph does not load.</exception>
    public static IReadOnlyList<LatencyPrediction> Of(OnnxModel model, IReadOnlyList<DeviceProfile> profiles, Vocabulary words)
    {
        if (profiles.Count == 0)
            return [];
        var (layers, fit) = (GraphWork.Of(model, words), Fit(null, words));
        return [.. profiles.SelectMany(profile => RuntimesFor(layers, profile).Select(runtime => LatencyPrediction.Of(layers, profile, runtime, ThreadsOf(profile), fit)))];
    }

    /// <summary>On a device's processor, at its number of threads.</summary>
    /// <exception cref="StageException">The profile lacks figures, or the graph does not load.</exception>
    public static LatencyPrediction Of(OnnxModel model, DeviceProfile profile, DeviceRuntime runtime, Vocabulary words) =>
        LatencyPrediction.Of(GraphWork.Of(model, words), profile, runtime, ThreadsOf(profile), Fit(null, words));

    /// <summary>The runtimes of a device that compute in a graph's precision: one without 8-bit products would refuse a quantized graph, and not be as fast as with a float one.</summary>
    public static IEnumerable<DeviceRuntime> RuntimesFor(IReadOnlyList<LayerWork> layers, DeviceProfile profile) =>
        profile.Runtimes.Where(runtime => runtime.Precisions.Contains(Precision.Int8) || layers.All(layer => layer.Kind != WorkKind.Int8));

    /// <summary>Threads that an engine on a device's processor is given.</summary>
    public static int ThreadsOf(DeviceProfile profile) => profile.Threads > 0 ? Math.Min(profile.Threads, profile.Cores) : profile.Cores;

    /// <summary>What is predicted for an artifact, which has to be a graph.</summary>
    /// <exception cref="StageException">It is something else.</exception>
    public static OnnxModel Graph(Artifact artifact) => artifact as OnnxModel
        ?? throw new StageException($"--device: {artifact.Folder} is a {Catalog.NameOf(artifact.GetType(), typeof(Artifact))}, but a latency is predicted from an exported graph. 'niwaki export' makes one of a network; of a measurement, give the model that was measured.");
}
