using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Niwaki.Cli;

/// <summary>The texts of a bundle for people and for the device's own tools, from templates with {names}.</summary>
internal static partial class BundleTexts
{
    public const string Readme = "README.md";
    public const string Unit = "niwaki.service";
    public const string Container = "Containerfile";

    public static IEnumerable<BundleContent> For(BundleManifest manifest, BundleRequest request, DriftReference? reference, bool signed)
    {
        var values = Values(manifest, request, reference, signed);
        yield return BundleContent.OfText(Readme, Filled(Readme, values));
        if (manifest.Program is null)
            yield break;
        yield return BundleContent.OfText(Unit, Filled(Unit, values));
        yield return BundleContent.OfText(Container, Filled(Container, values));
    }

    private static Dictionary<string, string> Values(BundleManifest manifest, BundleRequest request, DriftReference? reference, bool signed)
    {
        var marks = manifest.PassMarks;
        var engine = manifest.Models.FirstOrDefault(model => model.Use == BundleModelUse.Tensorrt);
        // a service that leaks is stopped by the system before the board stands still
        var memory = Math.Max(2 * (marks.MaxMemory?.Value ?? 0), 256L << 20);
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = manifest.Name,
            ["revision"] = manifest.Revision.ToString(CultureInfo.InvariantCulture),
            ["device"] = manifest.Device.Name,
            ["description"] = request.Device.Description.Length > 0 ? request.Device.Description : manifest.Device.Name,
            ["platform"] = manifest.Device.Platform,
            ["container-platform"] = manifest.Device.Platform == BundleDevice.LinuxArm64 ? "arm64" : "amd64",
            ["made"] = manifest.Origin.Made.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
            ["artifact"] = manifest.Origin.Artifact,
            ["version"] = manifest.Origin.Version,
            ["width"] = manifest.Preprocess.Width.ToString(CultureInfo.InvariantCulture),
            ["height"] = manifest.Preprocess.Height.ToString(CultureInfo.InvariantCulture),
            ["classes"] = string.Join('\n', manifest.Classes.Select((item, index) => $"| {index} | {item.Name.Replace('|', '/')} | `{item.Color}` |")),
            ["history"] = string.Join(" → ", manifest.Origin.Lineage.Select(step => step.Stage)),
            ["marks"] = string.Join('\n', Marks(marks)),
            ["memory-limit"] = memory.ToString(CultureInfo.InvariantCulture),
            ["predicted"] = manifest.Predicted is { } predicted
                ? $"How long a picture takes here was **predicted, not measured**: {PredictionView.Time(predicted.Predicted)} (engine, {predicted.Threads} thread{(predicted.Threads == 1 ? string.Empty : "s")}; {PredictionView.Range(predicted)} within the error). {PredictionView.Error(predicted)} `niwaki-edge bench --bundle /opt/niwaki/{manifest.Name}` measures."
                : $"How long a picture takes here was neither measured nor predicted; `niwaki-edge bench --bundle /opt/niwaki/{manifest.Name}` measures.",
            ["drift"] = reference is null
                ? "This bundle has no reference statistics, so the device cannot watch for drift."
                : string.Create(CultureInfo.InvariantCulture, $"The program compares each {reference.Window} frames with {reference.Frames} frames of the data that the model was made for. After {reference.Hold} such windows in a row that differ it raises an alarm."),
            ["signature"] = signed
                ? "The bundle is signed. The public key of who made it comes on another way than the bundle."
                : "**The bundle is not signed.** Its checksums tell damage, but not who made it.",
            // the program cannot vouch for itself: who runs it for the first time checks before
            ["verify"] = (signed ? "openssl dgst -sha256 -verify public.pem -signature bundle.sig bundle.json &&\n" : string.Empty)
                + "grep -q \"$(sha256sum < SHA256SUMS | cut -d' ' -f1)\" bundle.json && sha256sum --quiet -c SHA256SUMS &&",
            ["key-option"] = signed ? " --public-key public.pem" : string.Empty,
            ["program"] = manifest.Program is null
                ? "**The bundle does not bring the program** (`niwaki-edge`). It has to be on the device already."
                : $"The program is `{manifest.Program}`, for {manifest.Device.Platform}; it needs no .NET and no Python, but OpenSSL (libssl 1.1.1 or newer), which nearly every system has.",
            ["install-program"] = manifest.Program is null ? "niwaki-edge" : $"./{manifest.Program}",
            ["engine"] = engine is null
                ? string.Empty
                : $"\n## GPU (TensorRT)\n\n`{engine.File}` is the same network in operators of opset {engine.Opset}, checked against what the device's TensorRT parses. On the device, `{engine.Build}` builds the engine:\n\n```sh\n{EngineBuild.Command(request.Device.Runtimes.First(runtime => runtime.Family == RuntimeFamily.Tensorrt))}\n```\n\nThe program itself uses the processor (ONNX Runtime); the engine is for programs of your own.\n",
        };
    }

    private static IEnumerable<string> Marks(PassMarks marks)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"- at least {100 * marks.MinAgreement:0.##} % of the golden pictures' pixels labelled as where the bundle was made");
        if (marks.MaxLatency is { } latency)
            yield return string.Create(CultureInfo.InvariantCulture, $"- at most {latency.TotalMilliseconds:0.##} ms for a picture (engine, median)");
        if (marks.MaxMemory is { } memory)
            yield return $"- at most {memory} of memory";
        if (marks.MaxEnergy is { } energy)
            yield return $"- at most {energy} for a picture, where the device has a sensor";
        if (marks.MinMeanIoU is { } quality)
            yield return string.Create(CultureInfo.InvariantCulture, $"- a mean IoU of at least {quality:0.###} on the golden pictures");
    }

    private static string Filled(string template, Dictionary<string, string> values)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"bundle/{template}")!;
        using var reader = new StreamReader(stream);
        return Place().Replace(reader.ReadToEnd(), match => values[match.Groups[1].Value]);
    }

    [GeneratedRegex(@"\{\{([a-z-]+)\}\}")]
    private static partial Regex Place();
}
