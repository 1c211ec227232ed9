using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>Labels a bundle's golden pictures on this machine, compares, and judges the pass marks.</summary>
internal sealed class SelfTest(Deployment deployment, EdgeSession session)
{
    private const int WarmUp = 3;
    private const int Timed = 30;
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1.5);

    /// <summary>Carries it out.</summary>
    /// <exception cref="StageException">A golden file cannot be read.</exception>
    public async Task<SelfTestReport> RunAsync()
    {
        var (bundle, manifest, marks) = (deployment.Bundle, deployment.Bundle.Manifest, deployment.Bundle.Manifest.PassMarks);
        var (lines, remarks) = (new List<VerdictLine>(), new List<string>());
        double? agreement = null;
        if (manifest.Golden.Count > 0)
            agreement = await CompareAsync(lines, remarks);
        else
            lines.Add(new VerdictLine("agreement", $">= {marks.MinAgreement:0.0000}", "the bundle has no golden pictures", false));
        await MeasureAsync(marks, lines, remarks);
        if (marks.MaxMemory is { } most)
            lines.Add(PeakMemory.Peak() is { } peak ? new VerdictLine("peak memory", $"<= {most}", $"{peak}", peak <= most) : new VerdictLine("peak memory", $"<= {most}", "not told by this system", false));
        return new SelfTestReport($"{manifest.Name} {manifest.Revision}", bundle.Digest, Machine.Describe(), deployment.Lanes.Engine, manifest.Golden.Count, agreement, lines, remarks);
    }

    private async Task<double> CompareAsync(List<VerdictLine> lines, List<string> remarks)
    {
        var (bundle, manifest) = (deployment.Bundle, deployment.Bundle.Manifest);
        var pipeline = deployment.Pipeline(null, session.Time);
        var meter = new AccuracyMeter(deployment.Classes.Count);
        long equal = 0, all = 0;
        var farthest = 0d;
        foreach (var golden in manifest.Golden)
        {
            session.Stop.ThrowIfCancellationRequested();
            var image = ImageCodec.Decode(bundle.PathOf(golden.Picture));
            var expected = ImageCodec.DecodeMask(bundle.PathOf(golden.Labels));
            var given = await pipeline.SegmentAsync(image, default, session.Stop);
            if ((expected.Width, expected.Height) != (image.Width, image.Height))
                throw new StageException($"{bundle.PathOf(golden.Labels)}: has {expected.Width}x{expected.Height} labels, but {golden.Picture} has {image.Width}x{image.Height} pixels. Make the bundle again.");
            equal += given.Labels.Labels.AsSpan().CountEqual(expected.Labels);
            all += expected.Labels.Length;
            if (golden.Confidence is { } confidence && given.Statistics.Confidence is { } now)
                farthest = Math.Max(farthest, Math.Abs(confidence - now));
            if (golden.Truth is { } truth)
                meter.Add(TruthOf(bundle.PathOf(truth), image), given.Labels);
        }

        var agreement = (double)equal / all;
        var least = manifest.PassMarks.MinAgreement;
        lines.Add(new VerdictLine("agreement", $">= {least:0.0000}", $"{agreement:0.000000}", agreement >= least));
        remarks.Add($"The mean confidence of a golden picture differs by at most {farthest:0.0000} from where the bundle was made.");
        if (manifest.PassMarks.MinMeanIoU is { } iou)
            lines.Add(meter.Images > 0 ? new VerdictLine("mean IoU of golden pictures", $">= {iou:0.0000}", $"{meter.Result().MeanIoU:0.0000}", meter.Result().MeanIoU >= iou) : new VerdictLine("mean IoU of golden pictures", $">= {iou:0.0000}", "no golden picture has true labels", false));
        return agreement;
    }

    private LabelMap TruthOf(string path, RgbImage image)
    {
        var truth = ImageCodec.DecodeMask(path);
        return (truth.Width, truth.Height) == (image.Width, image.Height)
            ? truth
            : throw new StageException($"{path}: has {truth.Width}x{truth.Height} labels for a picture of {image.Width}x{image.Height}. Make the bundle again.");
    }

    private async Task MeasureAsync(PassMarks marks, List<VerdictLine> lines, List<string> remarks)
    {
        var input = deployment.GoldenPictures(1) is [var picture] ? deployment.Preprocess.Apply(ImageCodec.Decode(picture, "golden picture")) : new float[3 * deployment.Preprocess.Height * deployment.Preprocess.Width];
        if (marks.MaxLatency is { } longest)
        {
            if (Machine.Busy() is { } busy)
                remarks.Add(busy);
            var median = new Durations(await TimesAsync(input)).Percentile(0.5);
            lines.Add(new VerdictLine("engine latency, median", $"<= {longest.TotalMilliseconds:0.00} ms", $"{median.TotalMilliseconds:0.00} ms", median <= longest));
        }

        if (marks.MaxEnergy is not { } dearest)
            return;
        if (EnergySensor.Find(session.Time) is not { } sensor)
            remarks.Add($"Energy (<= {dearest}) is not judged: this machine has no sensor that can be read.");
        else if (await EnergyAsync(sensor, input) is { } energy)
            lines.Add(new VerdictLine($"energy, {sensor.Name}", $"<= {dearest}", $"{energy}", energy <= dearest));
        else
            remarks.Add($"Energy (<= {dearest}) is not judged: {sensor.Name} told no difference between idle and busy.");
    }

    private async Task<List<TimeSpan>> TimesAsync(float[] input)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < WarmUp + Timed; i++)
        {
            var (_, took) = await deployment.Lanes.RunAsync(input, session.Time, session.Stop);
            if (i >= WarmUp)
                times.Add(took);
        }

        return times;
    }

    // what the machine uses while the engine runs, less what it uses idle in the same time
    private async Task<Joules?> EnergyAsync(EnergySensor sensor, float[] input)
    {
        var begun = session.Time.GetTimestamp();
        var end = sensor.Begin();
        await Task.Delay(Idle, session.Time, session.Stop);
        var idleWatts = end().Value / session.Time.GetElapsedTime(begun).TotalSeconds;
        begun = session.Time.GetTimestamp();
        end = sensor.Begin();
        var runs = 0;
        for (; runs < 3 || session.Time.GetElapsedTime(begun) < Busy; runs++)
            await deployment.Lanes.RunAsync(input, session.Time, session.Stop);
        var net = end().Value - idleWatts * session.Time.GetElapsedTime(begun).TotalSeconds;
        return net > 0 ? new Joules(net / runs) : null;
    }
}
