using System.Diagnostics;
using System.Globalization;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>
/// How often the watch cries wolf on fresh synthetic scenes, and after how many windows it sees haze, darkness, blur and foreign pictures:
/// <c>drift MODEL [CALIBRATION [FRESH [FOLDER…]]]</c>.
/// </summary>
internal static class DriftWatching
{
    private const int References = 20;
    private const int WindowsEach = 400;
    private const int ChangedWindows = 5;

    private static readonly (string Name, Func<RgbImage, RgbImage> Change)[] Changes =
    [
        ("haze 0.2", image => Mixed(image, 0.2, 200)),
        ("haze 0.4", image => Mixed(image, 0.4, 200)),
        ("haze 0.6", image => Mixed(image, 0.6, 200)),
        ("darkness 0.5", image => Mixed(image, 0.5, 0)),
        ("blur 5x5", Blurred),
        ("red and blue swapped", Swapped),
    ];

    public static void Measure(string folder, int calibration, int fresh, string[] foreign, TextWriter output)
    {
        var words = new Vocabulary(typeof(Engine).Assembly, typeof(Onnx.Export).Assembly);
        var model = ArtifactStore.Open<OnnxModel>(folder, words);
        var preprocess = model.Preprocess(words);
        using var segmenter = Engine.For(model, words).Open(model, words, threads: 1);
        var input = new float[segmenter.Input.Elements];
        var (engine, statistics) = (new List<double>(), new List<double>());
        var known = Scenes(1, calibration).Select(Frame).ToArray();
        var scenes = Scenes(2, fresh).ToArray();
        var usual = scenes.Select(Frame).ToArray();
        output.WriteLine(Text($"{calibration} calibration scenes, {fresh} fresh ones, {preprocess.Width} x {preprocess.Height}; engine {Quartile(engine):0.000} ms, statistics of a frame {Quartile(statistics):0.000} ms ({Quartile(statistics) / Quartile(engine):0.0%})"));
        Rate(known.Concat(usual).ToArray(), calibration, output);

        var reference = new DriftCalibration().Of(known, 1);
        output.WriteLine($"thresholds: {string.Join(", ", reference.Thresholds.Select(threshold => Text($"{Catalog.Kebab(threshold.Statistic.ToString())} {threshold.Value:0.000}")))}; {1000 * Add(reference, usual, output):0.0} us to add a frame");
        Row(output, "fresh scenes", reference, usual);
        foreach (var (name, change) in Changes)
            Row(output, name, reference, [.. scenes.Take(ChangedWindows * reference.Window).Select(image => Frame(change(image)))]);
        foreach (var pictures in foreign)
            Row(output, pictures, reference, [.. Directory.EnumerateFiles(pictures).Order(StringComparer.Ordinal).Take(ChangedWindows * reference.Window).Select(path => Frame(ImageCodec.Decode(path)))]);

        DriftStreams.Measure(preprocess, reference, Frame, output);

        IEnumerable<RgbImage> Scenes(int seed, int count)
        {
            var set = new SyntheticDataSource { Width = preprocess.Width, Height = preprocess.Height, Validation = count, Seed = seed }.Open(Split.Validation);
            return Enumerable.Range(0, count).Select(i => set.Load(i).Image);
        }

        FrameStatistics Frame(RgbImage image)
        {
            preprocess.Apply(image, input);
            var start = Stopwatch.GetTimestamp();
            var prediction = segmenter.Run(input);
            var between = Stopwatch.GetTimestamp();
            var frame = prediction.Statistics();
            engine.Add(Stopwatch.GetElapsedTime(start, between).TotalMilliseconds);
            statistics.Add(Stopwatch.GetElapsedTime(between).TotalMilliseconds);
            return frame;
        }
    }

    /// <summary>Over random partings into a reference and fresh frames, so that no single reference's luck counts.</summary>
    private static void Rate(FrameStatistics[] frames, int calibration, TextWriter output)
    {
        var random = new Random(1);
        int windows = 0, exceeding = 0, alarms = 0;
        var worst = 0d;
        for (var parting = 0; parting < References; parting++)
        {
            random.Shuffle(frames);
            var monitor = new DriftMonitor(new DriftCalibration().Of(frames[..calibration], parting), "bench", "bench 1", TimeProvider.System);
            var rest = frames[calibration..];
            for (var window = 0; window < WindowsEach; window++)
            {
                random.Shuffle(rest);
                foreach (var frame in rest.AsSpan(0, monitor.Reference.Window))
                    monitor.Add(frame);
            }

            windows += WindowsEach;
            exceeding += (int)monitor.State.Exceeding;
            alarms += (int)monitor.State.Raised;
            worst = Math.Max(worst, (double)monitor.State.Exceeding / WindowsEach);
        }

        output.WriteLine(Text($"false alarms: {exceeding} of {windows} windows exceed ({(double)exceeding / windows:0.00%}; 1 % was asked for; the worst of {References} references {worst:0.0%}), {alarms} alarms"));
    }

    private static double Add(DriftReference reference, FrameStatistics[] frames, TextWriter output)
    {
        var monitor = new DriftMonitor(reference, "bench", "bench 1", TimeProvider.System);
        var times = new List<double>();
        foreach (var frame in frames)
        {
            var start = Stopwatch.GetTimestamp();
            monitor.Add(frame);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        var path = Path.GetTempFileName();
        monitor.Save(path);
        output.WriteLine($"kept statistics: {new Bytes(new FileInfo(path).Length)}; reference: {new Bytes(reference.ToBytes().Length)}");
        File.Delete(path);
        return times.Average();
    }

    private static void Row(TextWriter output, string name, DriftReference reference, FrameStatistics[] frames)
    {
        var monitor = new DriftMonitor(reference, "bench", "bench 1", TimeProvider.System);
        var kept = frames.Count(frame => monitor.Add(frame).WorthKeeping);
        var state = monitor.State;
        var sums = state.Recent.SelectMany(window => window.Values).GroupBy(value => value.Statistic).Select(group => Text($"{Catalog.Kebab(group.Key.ToString())} {group.Average(value => value.Value):0.00}"));
        output.WriteLine(Text($"{name,-24} {state.Exceeding}/{state.Windows} windows exceed, {(state.Alarms.Count > 0 ? Text($"alarm at window {state.Alarms[0].Window}") : "no alarm")}; confidence {state.Totals.Confidence.Mean:0.000}; {(double)kept / frames.Length:0%} of frames kept; {string.Join(", ", sums)}"));
    }

    private static RgbImage Mixed(RgbImage image, double share, double air) => image with { Pixels = [.. image.Pixels.Select(pixel => (byte)(pixel * (1 - share) + air * share))] };

    private static RgbImage Swapped(RgbImage image) => image with { Pixels = [.. Enumerable.Range(0, image.Pixels.Length).Select(i => image.Pixels[i / 3 * 3 + 2 - i % 3])] };

    private static RgbImage Blurred(RgbImage image)
    {
        var pixels = new byte[image.Pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y, sum) = (i / 3 % image.Width, i / 3 / image.Width, 0);
            for (var at = 0; at < 25; at++)
                sum += image.Pixels[(Math.Clamp(y + at / 5 - 2, 0, image.Height - 1) * image.Width + Math.Clamp(x + at % 5 - 2, 0, image.Width - 1)) * 3 + i % 3];
            pixels[i] = (byte)(sum / 25);
        }

        return image with { Pixels = pixels };
    }

    private static double Quartile(List<double> values) => values.Order().ElementAt(values.Count / 4);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
