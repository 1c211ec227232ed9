using System.Diagnostics;
using System.Globalization;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>
/// Cameras whose frames resemble each other, made by ffmpeg from fresh scenes and encoded as cameras do (MJPEG): one that stands still, with noise,
/// one that moves slowly over a scene eight times as wide as the picture, and a still one into which haze comes.
/// </summary>
internal static class DriftStreams
{
    private const int Cameras = 20;
    private const int Windows = 5;

    public static void Measure(Preprocess preprocess, DriftReference reference, Func<RgbImage, FrameStatistics> statistics, TextWriter output)
    {
        var (width, height, frames) = (preprocess.Width, preprocess.Height, Windows * reference.Window);
        var pan = $"crop={width}:{height}:x='n*{(7.0 * width / frames).ToString("0.00", CultureInfo.InvariantCulture)}':y=0,noise=alls=8:allf=t";
        Row("still camera", width, "noise=alls=8:allf=t", false);
        Row("slow pan", 8 * width, pan, false);
        Row("still camera in haze 0.6", width, "noise=alls=8:allf=t", true);
        Row("slow pan in haze 0.6", 8 * width, pan, true);

        void Row(string name, int sceneWidth, string filter, bool haze)
        {
            var scenes = new SyntheticDataSource { Width = sceneWidth, Height = height, Validation = Cameras, Seed = 3 }.Open(Split.Validation);
            var (windows, exceeding, alarmed, foreign, apart) = (0L, 0L, 0, 0, 0);
            var states = new List<(string, DriftState)>();
            for (var camera = 0; camera < Cameras; camera++)
            {
                var scene = scenes.Load(camera).Image;
                var monitor = new DriftMonitor(reference, $"bench-{camera}", "bench 1", TimeProvider.System);
                FrameStatistics[] film = [.. Film(haze ? Hazed(scene) : scene, filter, frames).Select(statistics)];
                foreign += film.Count(frame => monitor.Add(frame, video: true).Foreign);
                apart += film.Chunk(reference.Window).Count(window => DriftDiagnosis.Of(reference, window, null).Cause != DriftCause.None);
                var state = monitor.State;
                states.Add(($"{camera}", state));
                (windows, exceeding, alarmed) = (windows + state.Windows, exceeding + state.Exceeding, alarmed + (state.Raised > 0 ? 1 : 0));
            }

            var fleet = FleetReport.Of(states, reference);
            var group = fleet.Groups[0];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{string.Empty,-24} together: {group.Distinct} of {group.Frames} frames are distinct, {string.Join(", ", group.Values.Select(value => $"{value.Statistic} {value.Value:0.000} of {value.Threshold:0.000}{(value.Exceeds ? "!" : string.Empty)}"))}; {fleet.Devices.Count(device => device.Values.Any(value => value.Exceeds))} of {Cameras} cameras exceed by themselves"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {exceeding}/{windows} windows exceed ({apart} if their frames were taken for independent), {alarmed} of {Cameras} cameras have an alarm; {(double)foreign / (Cameras * frames):0%} of frames are foreign"));
        }
    }

    private static RgbImage Hazed(RgbImage image) => image with { Pixels = [.. image.Pixels.Select(pixel => (byte)(pixel * 0.4 + 200 * 0.6))] };

    private static List<RgbImage> Film(RgbImage still, string filter, int frames)
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-film-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "still.png"), ImageCodec.EncodePng(still));
            Ffmpeg(folder, "-loop", "1", "-i", "still.png", "-vf", filter, "-frames:v", $"{frames}", "-c:v", "mjpeg", "-q:v", "4", "film.mkv");
            Ffmpeg(folder, "-i", "film.mkv", "%05d.bmp");
            return [.. Directory.EnumerateFiles(folder, "*.bmp").Order(StringComparer.Ordinal).Select(ImageCodec.Decode)];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Ffmpeg(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("ffmpeg") { WorkingDirectory = folder, RedirectStandardError = true };
        foreach (var argument in (string[])["-v", "error", "-nostdin", "-y", .. arguments])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"ffmpeg: {said}");
    }
}
