using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary><c>niwaki bundle RUN|ARTIFACT</c>.</summary>
internal static partial class BundleCommand
{
    private const string NoProgram = "none";

    private sealed record Made(string File, string Name, long Revision, string Device, Bytes Size, string Sha256, bool Signed, string? Program, int Golden, int Reference, PassMarks PassMarks, LatencyPrediction? Predicted, IReadOnlyList<BundleModel> Models, IReadOnlyList<DriftValue> QuantizationShift, IReadOnlyList<BundleFile> Files);

    public static Command Make(Session session)
    {
        var source = new Argument<string>("run-or-model") { Description = "A run, of which the model goes into the bundle that its last gate judged; or the folder of an ONNX model." };
        var device = new Option<string>("--device") { Description = "The device's profile, such as devices/jetson-nano-4gb.json.", HelpName = "file", Required = true };
        var step = new Option<string?>("--step") { Description = "The step of the run whose model is bundled.", HelpName = "name" };
        var name = new Option<string?>("--name") { Description = "What is deployed: bundles of one name replace each other on a device. [the run's or folder's name]", HelpName = "name" };
        var revision = new Option<long?>("--revision") { Description = "Grows from bundle to bundle; a lower one is refused on a device. [the time at which the model was made, in seconds since 1970]", HelpName = "n" };
        var key = new Option<string?>("--key") { Description = "A private key (ECDSA P-256, PEM) that signs the bundle. Without one it is unsigned.", HelpName = "file" };
        var program = new Option<string?>("--program") { Description = $"The folder with the published niwaki-edge of the device's platform, or '{NoProgram}' to leave it out. [artifacts/edge/PLATFORM, where it is]", HelpName = "folder" };
        var exact = new Option<string?>("--float") { Description = "The float ONNX model that the model was quantized from, for an artifact; a run knows it.", HelpName = "folder" };
        var network = new Option<string?>("--network") { Description = "The network that the model was exported from, for an artifact and a device with TensorRT; a run knows it.", HelpName = "folder" };
        var shadow = new Option<bool>("--shadow") { Description = "Puts the float model into the bundle too, so that drift of the data can be told from drift of the quantization." };
        var golden = new Option<int>("--golden") { Description = "Validation pictures whose labels the device has to give again.", HelpName = "n", DefaultValueFactory = _ => 4 };
        var reference = new Option<int>("--reference") { Description = "At most this many validation pictures for the statistics that drift is judged against.", HelpName = "n", DefaultValueFactory = _ => DriftReference.MaxFrames };
        var window = new Option<int>("--window") { Description = "Frames that are compared with the reference at once.", HelpName = "n", DefaultValueFactory = _ => new DriftCalibration().Window };
        var hold = new Option<int>("--hold") { Description = "Windows in a row that have to differ before it is an alarm.", HelpName = "n", DefaultValueFactory = _ => new DriftCalibration().Hold };
        var falseAlarms = new Option<double>("--false-alarms") { Description = "The fraction of windows that may differ although nothing changed.", HelpName = "x", DefaultValueFactory = _ => new DriftCalibration().FalseAlarms };
        var pass = new Option<string?>("--pass") { Description = "What the self-test on the device has to reach, as JSON such as '{ \"maxLatency\": \"40 ms\", \"maxMemory\": \"250 MB\" }'. [the limits of the run's gate, and the memory that the device has for a model]", HelpName = "json" };
        var common = new CommonOptions();
        common.Out.Required = true;
        common.Out.Description = "The bundle to write: FILE.tar.gz.";
        common.Data.Description += " [the run's]";
        var command = new Command("bundle", "Packs what a device needs into one file: model, preprocessing, classes, golden pictures, reference statistics, pass marks, the program, checksums and a signature. The same inputs give the same bytes.") { source, device, step, name, revision, key, program, exact, network, shadow, golden, reference, window, hold, falseAlarms, pass };
        common.AddTo(command, common.Out, common.Data, common.Json);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(golden) < 1 || parsed.GetValue(reference) < 1)
                throw new UsageException($"--golden {parsed.GetValue(golden)}, --reference {parsed.GetValue(reference)}: numbers from 1 are needed.");
            var file = parsed.GetRequiredValue(common.Out)!;
            if (Directory.Exists(file))
                throw new UsageException($"--out: {file} is a folder, but the name of a file is needed, such as {Path.Combine(file, "bundle.tar.gz")}.");
            var given = parsed.GetRequiredValue(source);
            using var signing = parsed.GetValue(key) is { } pem ? BundleKey.Read(pem) : null;
            if (signing is { IsPrivate: false })
                throw new StageException($"{signing.Source}: is a public key, which cannot sign. Give the private one.");
            var profile = DeviceProfile.Read(parsed.GetRequiredValue(device), session.Words);
            var marks = parsed.GetValue(pass) is { } json ? ReadMarks(json, session.Words) : null;
            return session.Logged(parsed.GetValue(common.Json), log =>
            {
                var known = BundleSource.Of(given, parsed.GetValue(step), session.Words);
                foreach (var remark in known.Remarks)
                    log.Say(remark);
                known = known with
                {
                    Float = parsed.GetValue(exact) is { } floatFolder ? ArtifactStore.Open<OnnxModel>(floatFolder, session.Words) : known.Float,
                    Network = parsed.GetValue(network) is { } networkFolder ? ArtifactStore.Open<TorchModel>(networkFolder, session.Words) : known.Network,
                };
                var platform = Platform(profile);
                var request = new BundleRequest(known, profile)
                {
                    Name = parsed.GetValue(name) ?? Plain(known.Name),
                    Revision = parsed.GetValue(revision),
                    Program = ProgramFolder(parsed.GetValue(program), platform, log),
                    Golden = parsed.GetValue(golden),
                    Reference = parsed.GetValue(reference),
                    Calibration = new DriftCalibration { Window = parsed.GetValue(window), Hold = parsed.GetValue(hold), FalseAlarms = parsed.GetValue(falseAlarms) },
                    Shadow = parsed.GetValue(shadow),
                    PassMarks = marks,
                };
                var temporary = Directory.CreateTempSubdirectory("niwaki-bundle-").FullName;
                try
                {
                    var context = new StageContext(temporary, session.Words, other => throw new StageException($"'{other.Name}': nothing is referenced here."))
                    {
                        Data = common.ReadData(parsed, session.Words) ?? known.Data,
                        Log = log,
                        Time = session.Time,
                        Cancel = session.Cancel,
                    };
                    var manifest = new BundleMaking(request, context).Write(file, signing);
                    Tell(session, parsed.GetValue(common.Json), file, manifest, signing);
                }
                finally
                {
                    Directory.Delete(temporary, recursive: true);
                }

                return ExitCode.Done;
            });
        });
        return command;
    }

    /// <summary>A device's platform in the words of .NET.</summary>
    public static string Platform(DeviceProfile profile) => profile.Architecture == DeviceArchitecture.LinuxArm64 ? BundleDevice.LinuxArm64 : BundleDevice.LinuxX64;

    private static void Tell(Session session, bool json, string file, BundleManifest manifest, BundleKey? key)
    {
        var reference = manifest.Reference is { } name ? DriftReference.Parse(BundleArchive.ReadFile(file, name), file) : null;
        var size = new Bytes(new FileInfo(file).Length);
        if (json)
        {
            session.Json(new Made(file, manifest.Name, manifest.Revision, manifest.Device.Name, size, ArtifactStore.DigestOf(file), key is not null, manifest.Program, manifest.Golden.Count, reference?.Frames ?? 0, manifest.PassMarks, manifest.Predicted, manifest.Models, reference?.QuantizationShift ?? [], manifest.Files));
            return;
        }

        foreach (var model in manifest.Models)
            session.Line($"  {model.File}: opset {model.Opset}, to {Catalog.Kebab(model.Use.ToString())}{(model.Build is { } build ? $" (built on the device by {build})" : string.Empty)}");
        session.Line($"  {manifest.Golden.Count} golden pictures, {manifest.Classes.Count} classes");
        if (manifest.Predicted is { } predicted)
            session.Line($"  on {predicted.Device} ({predicted.Runtime}) predicted, not measured: {PredictionView.Time(predicted.Predicted)}, {PredictionView.Range(predicted)} within the error; the bundle's README says what it rests on");
        if (reference is not null)
            session.Line(string.Create(CultureInfo.InvariantCulture, $"  reference: {reference.Frames} frames, windows of {reference.Window}, {reference.Hold} in a row, {100 * reference.FalseAlarms:0.##} % of windows by chance"));
        if (reference?.QuantizationShift.Count > 0)
            session.Line($"  quantization alone: {string.Join(", ", reference.QuantizationShift.Select(value => string.Create(CultureInfo.InvariantCulture, $"{Catalog.Kebab(value.Statistic.ToString())} {value.Value:0.000}")))}");
        session.Line($"  {(manifest.Program is null ? "the program (niwaki-edge) is NOT in it" : $"{manifest.Program} for {manifest.Device.Platform}")}; {(key is null ? "NOT signed" : $"signed with {key.Source}")}");
        session.Output.MarkupLineInterpolated($"[green]{file}[/] ({manifest.Name} {manifest.Revision} for {manifest.Device.Name}, {manifest.Files.Count} files, {size})");
    }

    private static string? ProgramFolder(string? given, string platform, IStageLog log)
    {
        if (given is not null and not NoProgram)
            return given;
        if (given is null && EdgeFiles.UsualFolder(platform) is var usual && Directory.Exists(usual))
            return usual;
        log.Say(given is null
            ? $"There is no published program in {EdgeFiles.UsualFolder(platform)}, so the bundle goes without it (and without unit and container file). src/Niwaki.Edge/publish.sh {platform} makes it."
            : "The bundle goes without the program, as asked (and without unit and container file).");
        return null;
    }

    private static PassMarks ReadMarks(string text, Vocabulary words)
    {
        var problems = new List<string>();
        try
        {
            using var json = JsonDocument.Parse(text);
            JsonKeys.Check(json.RootElement, typeof(PassMarks), words, "--pass", problems);
        }
        catch (JsonException problem)
        {
            throw new UsageException($"--pass: is not JSON ({JsonKeys.Plain(problem.Message)})");
        }

        if (problems.Count > 0)
            throw new UsageException(string.Join(Environment.NewLine, problems));
        var marks = words.Read<PassMarks>(text, "--pass");
        marks.Validate("--pass");
        return marks;
    }

    // a folder may be called as it likes
    private static string Plain(string name) => Foreign().Replace(name.ToLowerInvariant(), "-").Trim('-', '.', '_') is { Length: > 0 } plain ? plain[..Math.Min(plain.Length, 64)] : "bundle";

    [GeneratedRegex("[^a-z0-9._-]+")]
    private static partial Regex Foreign();
}
