using System.Runtime.InteropServices;
using Niwaki.Onnx;

namespace Niwaki.Cli;

/// <summary>Collects what goes into a bundle and packs it.</summary>
internal sealed class BundleMaking
{
    private const string ServingFolder = "model";
    private const string ShadowFolder = "float";
    private const string ProfileFile = "device.json";

    // int8 models on an emulated Cortex-A57 label 0.11 % and 0.21 % of the pixels otherwise than on AVX-512 with VNNI; float32 none
    private const double AgreementAcrossProcessors = 0.995;

    private readonly BundleRequest request;
    private readonly StageContext context;
    private readonly List<BundleContent> files = [];
    private readonly List<BundleModel> models = [];

    public BundleMaking(BundleRequest request, StageContext context) => (this.request, this.context) = (request, context);

    /// <summary>Writes the bundle.</summary>
    /// <exception cref="StageException">The model does not fit the device, the program is for another, or the disk is full.</exception>
    public BundleManifest Write(string path, BundleKey? key)
    {
        var (source, device, words) = (request.Source, request.Device, context.Vocabulary);
        var platform = BundleCommand.Platform(device);
        var last = source.Model.Lineage[^1];
        var made = DateTimeOffset.FromUnixTimeSeconds((last.Started + last.Duration).ToUnixTimeSeconds());
        if (device.Runtimes.FirstOrDefault(runtime => runtime.Family == RuntimeFamily.Onnxruntime) is not { } processor)
            throw new StageException($"{device.Name}: has no runtime of the family onnxruntime, which the program on the device uses.");
        if (Lint(source.Model, processor) is { Count: > 0 } problems)
            throw new StageException($"{source.Model.Folder}: {device.Name} cannot run this model: {string.Join("; ", problems)}");
        AddModel(ServingFolder, source.Model, BundleModelUse.Serve);
        if (request.Shadow)
            AddModel(ShadowFolder, source.Float ?? throw new StageException("--shadow: it is not known which float model this one was quantized from. Give it with --float."), BundleModelUse.Shadow);
        AddEngine();
        var set = context.RequireData().Open(Split.Validation);
        var frames = new CalibrationFrames(set, context);
        var (golden, pictures) = frames.Golden(source.Model, request.Golden);
        files.AddRange(pictures);
        var reference = frames.Reference(source.Model, source.Float, request.Calibration, request.Reference);
        if (reference is not null)
            files.Add(BundleContent.OfBytes(DriftReference.FileName, reference.ToBytes()));
        files.Add(BundleContent.OfText(ProfileFile, words.Write(device) + "\n"));
        if (request.Program is { } program)
            files.AddRange(EdgeFiles.Of(program, platform));
        var manifest = new BundleManifest(
            BundleManifest.CurrentSchema,
            request.Name,
            request.Revision ?? made.ToUnixTimeSeconds(),
            new BundleOrigin(source.Model.Digest, made, Session.Version, new ValueList<LineageStep>(source.Model.Lineage)),
            new BundleDevice(device.Name, platform, device.Threads > 0 ? device.Threads : device.Cores, ProfileFile),
            new ValueList<BundleModel>(models),
            source.Model.Preprocess(words),
            new ValueList<ClassInfo>(source.Model.Classes(words)),
            request.PassMarks ?? Marks(source.Budget, device, source.Float is not null),
            new ValueList<GoldenPicture>(golden),
            [])
        {
            Program = request.Program is null ? null : "bin/" + EdgeFiles.Program,
            Reference = reference is null ? null : DriftReference.FileName,
            Predicted = Predict(source.Model, processor),
        };
        files.AddRange(BundleTexts.For(manifest, request, reference, signed: key is not null));
        return BundleArchive.Pack(path, manifest, files, key);
    }

    /// <summary>
    /// The limits that can be judged on a device: the gate's, and where it sets none for memory, what the device has for a model. The float
    /// parts between 8-bit products round differently from processor to processor, which a label here and there shows (LOG.md).
    /// </summary>
    public static PassMarks Marks(Budget budget, DeviceProfile device, bool quantized) =>
        new(quantized && !IsLikeThisMachine(device) ? AgreementAcrossProcessors : new PassMarks().MinAgreement, budget.MaxLatency, budget.MaxMemory ?? device.MemoryForModel, budget.MaxEnergy);

    private static bool IsLikeThisMachine(DeviceProfile device) =>
        RuntimeInformation.ProcessArchitecture == (device.Architecture == DeviceArchitecture.LinuxX64 ? System.Runtime.InteropServices.Architecture.X64 : System.Runtime.InteropServices.Architecture.Arm64);

    // a profile of one's own may lack its rates; the bundle is as good without a prediction
    private LatencyPrediction? Predict(OnnxModel model, DeviceRuntime processor)
    {
        try
        {
            return Prediction.Of(model, request.Device, processor, context.Vocabulary);
        }
        catch (StageException problem)
        {
            context.Log.Say($"No latency is predicted: {problem.Message}");
            return null;
        }
    }

    private void AddModel(string folder, OnnxModel model, BundleModelUse use, string? build = null)
    {
        models.Add(new BundleModel($"{folder}/{OnnxModel.GraphFile}", use, (int)OnnxFile.Read(model.PathOf(OnnxModel.GraphFile)).Opset(), build));
        // weights that one file cannot hold lie beside it under a name that the graph knows
        foreach (var path in Directory.EnumerateFiles(model.Folder, OnnxModel.GraphFile + "*"))
            files.Add(BundleContent.OfFile($"{folder}/{Path.GetFileName(path)}", path));
    }

    private void AddEngine()
    {
        if (request.Device.Runtimes.FirstOrDefault(runtime => runtime.Family == RuntimeFamily.Tensorrt) is not { } runtime)
            return;
        if (request.Source.Network is not { } network)
        {
            context.Log.Say($"{request.Device.Name} has TensorRT, but the network that the model was exported from is not known: the bundle has no graph for it. Give the network with --network, or bundle a run.");
            return;
        }

        var model = EngineBuild.Export(network, context, Path.Combine(context.OutputFolder, "engine"));
        if (Lint(model, runtime) is { Count: > 0 } problems)
        {
            context.Log.Say($"The bundle has NO graph for TensorRT, since {runtime.Name} on {request.Device.Name} would not take it: {string.Join("; ", problems)}");
            return;
        }

        AddModel(EngineBuild.Folder, model, BundleModelUse.Tensorrt, EngineBuild.Script);
        files.Add(BundleContent.OfText(EngineBuild.Script, EngineBuild.ScriptFor(runtime, request.Device), executable: true));
    }

    // what keeps a runtime from a graph; what is less than that is said
    private List<string> Lint(OnnxModel model, DeviceRuntime runtime)
    {
        var path = model.PathOf(OnnxModel.GraphFile);
        var report = GraphLint.Of(OnnxFile.Read(path), request.Device, runtime, path);
        foreach (var finding in report.Findings.Where(finding => finding.Severity == LintSeverity.Warning))
            context.Log.Say($"{runtime.Name}: {finding.What} ({finding.Remedy})");
        return [.. report.Findings.Where(finding => finding.Severity == LintSeverity.Problem).Select(finding => $"{finding.What} ({finding.Remedy})")];
    }
}
