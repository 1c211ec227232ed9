using System.CommandLine;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Vision;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki drift DIR|FILE…</c>.</summary>
internal static class DriftCommand
{
    private const int MostFiles = 10_000;
    private const int MostFrames = 512;

    private sealed record Told(bool Alarmed, FleetReport Fleet, DriftDiagnosis? Diagnosis, IReadOnlyList<string> Unreadable);

    public static Command Make(Session session)
    {
        var paths = new Argument<string[]>("statistics") { Description = "Files with kept statistics (drift.json), or folders with such files below.", Arity = ArgumentArity.OneOrMore };
        var bundle = new Option<string?>("--bundle") { Description = "The bundle that the devices run: with it the features of the fleet's frames are compared too.", HelpName = "file" };
        var key = new Option<string?>("--public-key") { Description = "The public key (PEM) that the bundle has to be signed with.", HelpName = "file" };
        var frames = new Option<string?>("--frames") { Description = "A folder of frames that a device kept: the bundle's models label them, which tells drift of the data from drift of the quantization. Needs --bundle.", HelpName = "folder" };
        var common = new CommonOptions();
        var command = new Command("drift", "Reads the kept statistics of a fleet of devices, puts them together and compares them with the reference. Ends with exit code 3 where an alarm lasts or the fleet as a whole has drifted.") { paths, bundle, key, frames };
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var unreadable = new List<string>();
            var states = new List<(string, DriftState)>();
            foreach (var file in parsed.GetRequiredValue(paths).SelectMany(Files))
            {
                try
                {
                    states.Add((file, DriftState.Read(file)));
                }
                catch (StageException problem)
                {
                    unreadable.Add(problem.Message);
                }
            }

            if (states.Count == 0)
                throw new StageException(string.Join(Environment.NewLine, unreadable));
            using var trusted = parsed.GetValue(key) is { } pem ? BundleKey.Read(pem) : null;
            var archive = parsed.GetValue(bundle);
            if (archive is null && (parsed.GetValue(frames) ?? parsed.GetValue(key)) is not null)
                throw new UsageException("--frames and --public-key go with --bundle.");
            var reference = archive is null ? null : Reference(archive, trusted);
            var report = FleetReport.Of(states, reference);
            if (reference is not null && report.Groups.All(group => group.Reference != reference.Digest()))
                report = report with { Remarks = [.. report.Remarks, $"{archive}: no device watches against the reference of this bundle."] };
            var diagnosis = parsed.GetValue(frames) is { } kept ? Diagnose(archive!, trusted, reference!, kept, session) : null;
            if (parsed.GetValue(common.Json))
                session.Json(new Told(report.Alarmed, report, diagnosis, unreadable));
            else
                Print(session, report, diagnosis, unreadable);
            return report.Alarmed ? ExitCode.GateFailed : unreadable.Count > 0 ? ExitCode.Fixable : ExitCode.Done;
        });
        return command;
    }

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new StageException($"{path}: there is no such file or folder.");
        // a fleet's files are collected under their own names; within a device's folder there are others too
        var deep = Directory.EnumerateFiles(path, DriftState.FileName, SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(MostFiles + 1).ToArray();
        var files = deep.Length > 0 ? deep : [.. Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal).Take(MostFiles + 1)];
        return files.Length switch
        {
            0 => throw new StageException($"{path}: holds no kept statistics ({DriftState.FileName} anywhere below, or any .json in the folder itself)."),
            > MostFiles => throw new StageException($"{path}: holds more than {MostFiles} files. Give a part of them at a time."),
            _ => files,
        };
    }

    private static DriftReference Reference(string archive, BundleKey? key)
    {
        var file = BundleArchive.ReadManifest(archive, key).Reference ?? throw new StageException($"{archive}: has no reference statistics, so nothing can be compared with it.");
        return DriftReference.Parse(BundleArchive.ReadFile(archive, file, key), $"{archive}, {file}");
    }

    private static DriftDiagnosis Diagnose(string archive, BundleKey? key, DriftReference reference, string folder, Session session)
    {
        if (!Directory.Exists(folder))
            throw new StageException($"{folder}: there is no such folder.");
        var pictures = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg" or ".webp").Order(StringComparer.Ordinal).Take(MostFrames).ToArray();
        var temporary = Directory.CreateTempSubdirectory("niwaki-drift-").FullName;
        try
        {
            var bundle = BundleArchive.Unpack(archive, Path.Combine(temporary, "bundle"), key, cancel: session.Cancel);
            var shadow = bundle.Manifest.Models.FirstOrDefault(model => model.Use == BundleModelUse.Shadow);
            return DriftDiagnosis.Of(reference, Statistics(bundle, bundle.Manifest.Serving, pictures, session), shadow is null ? null : Statistics(bundle, shadow, pictures, session));
        }
        finally
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    private static FrameStatistics[] Statistics(Bundle bundle, BundleModel model, string[] pictures, Session session)
    {
        var preprocess = bundle.Manifest.Preprocess;
        using var segmenter = new OnnxSegmenter(bundle.PathOf(model.File), preprocess.Height, preprocess.Width, bundle.Manifest.Classes.Count, new OrtRuntime { Threads = Environment.ProcessorCount });
        return [.. pictures.Select(picture =>
        {
            session.Cancel.ThrowIfCancellationRequested();
            return segmenter.Run(preprocess.Apply(ImageCodec.Decode(picture))).Statistics();
        })];
    }

    private static void Print(Session session, FleetReport report, DriftDiagnosis? diagnosis, List<string> unreadable)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("device", "bundle", "frames", "windows", "exceeding", "alarms", "confidence", "all frames against the reference", "now");
        foreach (var device in report.Devices)
        {
            table.AddRow(new[]
            {
                device.Device, device.Bundle, Frames(device.Frames, device.Distinct) + (device.Refused > 0 ? $" (+{Number(device.Refused)} broken)" : string.Empty), Number(device.Windows), Number(device.Exceeding), Number(device.Alarms),
                device.Confidence is { } confidence ? confidence.ToString("0.000", CultureInfo.InvariantCulture) : "-", Values(device.Values), device.Alarm is { } alarm ? $"ALARM since {alarm.Raised:yyyy-MM-dd HH:mm} UTC" : "calm",
            }.Select(cell => new Text(BundleManifest.Printable(cell))));
        }

        session.Output.Write(table);
        foreach (var group in report.Groups.Where(group => group.Devices > 1 || group.Values.Any(value => value.Statistic == DriftStatistic.Mmd)))
            session.Line(BundleManifest.Printable($"Together ({group.Devices} device{(group.Devices == 1 ? string.Empty : "s")}, {string.Join(", ", group.Bundles)}): {Frames(group.Frames, group.Distinct)} frames; {Values(group.Values)}", 400));
        foreach (var device in report.Devices.Where(device => device.Alarm is not null))
            session.Line(BundleManifest.Printable($"{device.Device}: {device.Alarm}", 400));
        if (diagnosis is not null)
            session.Line($"Kept frames ({diagnosis.Frames}): {Cause(diagnosis.Cause)} Serving model: {Values(diagnosis.Serving)}{(diagnosis.Shadow is { } shadow ? $". Float model: {Values(shadow)}" : string.Empty)}.");
        foreach (var remark in report.Remarks.Concat(unreadable))
            session.Line(BundleManifest.Printable(remark, 400));
    }

    private static string Cause(DriftCause cause) => cause switch
    {
        DriftCause.Data => "the pictures have changed; the float model sees it too.",
        DriftCause.Quantization => "the quantized model's answers have moved and the float model's have not: the quantization does not hold on these pictures.",
        DriftCause.Unknown => "something has changed; whether it is the quantization cannot be told without the float model (bundle --shadow).",
        _ => "no drift.",
    };

    private static string Values(ValueList<DriftValue> values) => values.Count == 0
        ? "too few frames"
        : string.Join(", ", values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{Catalog.Kebab(value.Statistic.ToString())} {value.Value:0.000}{(value.Exceeds ? "!" : string.Empty)}")));

    private static string Frames(long frames, long distinct) => frames == distinct ? Number(frames) : $"{Number(frames)} ({Number(distinct)} distinct)";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
