using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>A bundle that is open and whose model is loaded.</summary>
internal sealed class Deployment : IDisposable
{
    private Deployment(Bundle bundle, EngineLanes lanes, int threads) => (Bundle, Lanes, Threads) = (bundle, lanes, threads);

    /// <summary>The bundle.</summary>
    public Bundle Bundle { get; }

    /// <summary>The model.</summary>
    public EngineLanes Lanes { get; }

    /// <summary>Threads within an operator.</summary>
    public int Threads { get; }

    /// <summary>What is done to a picture.</summary>
    public Preprocess Preprocess => Bundle.Manifest.Preprocess;

    /// <summary>What the model tells apart.</summary>
    public IReadOnlyList<ClassInfo> Classes => Bundle.Manifest.Classes;

    /// <summary>Opens a checked bundle and loads its model.</summary>
    /// <exception cref="StageException">No bundle, a damaged one, or a model that does not load.</exception>
    public static Deployment Open(Bundle bundle, int lanes = 1, int? threads = null)
    {
        var count = threads ?? bundle.Manifest.Device.Threads;
        return new Deployment(bundle, new EngineLanes(bundle.PathOf(bundle.Manifest.Serving.File), bundle.Manifest.Preprocess, bundle.Manifest.Classes.Count, lanes, count), count);
    }

    /// <summary>What labels pictures.</summary>
    public FramePipeline Pipeline(Tiling? tiling, TimeProvider time) => new(Lanes, Preprocess, Classes, tiling, time);

    /// <summary>The golden pictures, encoded.</summary>
    public IReadOnlyList<byte[]> GoldenPictures(int most) => [.. Bundle.Manifest.Golden.Take(most).Select(golden => ImageCodec.ReadFile(Bundle.PathOf(golden.Picture)))];

    /// <inheritdoc/>
    public void Dispose() => Lanes.Dispose();
}
