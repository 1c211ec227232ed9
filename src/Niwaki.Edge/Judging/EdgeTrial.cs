using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>A bundle whose model is loaded to be tried before it serves.</summary>
internal sealed class EdgeTrial : IBundleTrial
{
    private readonly Deployment deployment;
    private readonly FramePipeline pipeline;
    private readonly EdgeSession session;

    public EdgeTrial(Bundle bundle, EdgeSession session)
    {
        this.session = session;
        deployment = Deployment.Open(bundle);
        pipeline = deployment.Pipeline(null, session.Time);
    }

    /// <inheritdoc/>
    public Verdict SelfTest()
    {
        var report = new SelfTest(deployment, session).RunAsync().GetAwaiter().GetResult();
        foreach (var remark in report.Remarks)
            session.Say(remark);
        return new Verdict(report.Lines);
    }

    /// <inheritdoc/>
    public TrialAnswer Label(string path)
    {
        var image = ImageCodec.Decode(path);
        var given = pipeline.SegmentAsync(image, default, session.Stop).AsTask().GetAwaiter().GetResult();
        var truth = path + ".labels.png";
        return new TrialAnswer(given.Labels, given.Statistics.Confidence, File.Exists(truth) ? TruthOf(truth, image) : null);
    }

    /// <inheritdoc/>
    public void Dispose() => deployment.Dispose();

    private static LabelMap TruthOf(string path, RgbImage image)
    {
        var truth = ImageCodec.DecodeMask(path);
        return (truth.Width, truth.Height) == (image.Width, image.Height)
            ? truth
            : throw new StageException($"{path}: has {truth.Width}x{truth.Height} labels for a picture of {image.Width}x{image.Height}. Give the picture its own labels.");
    }
}
