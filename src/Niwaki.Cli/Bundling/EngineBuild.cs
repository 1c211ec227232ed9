using System.Globalization;
using Niwaki.Onnx;

namespace Niwaki.Cli;

/// <summary>The graph for TensorRT, and how an engine is built of it on the device.</summary>
internal static class EngineBuild
{
    /// <summary>The graph's folder in a bundle.</summary>
    public const string Folder = "tensorrt";

    /// <summary>The script's file in a bundle.</summary>
    public const string Script = $"{Folder}/build-engine.sh";

    private const int WorkspaceMebibytes = 1024;

    /// <summary>Exports a network in the operators of TensorRT 8; the export proves that it computes the same.</summary>
    public static OnnxModel Export(TorchModel network, StageContext context, string folder) =>
        (OnnxModel)new Export { Target = ExportTarget.Tensorrt8, Batch = 1 }.Apply(network, context.Nested(Path.Combine(folder, "partial")), Path.Combine(folder, "tensorrt"));

    /// <summary>The command that builds the engine, as the device's version of TensorRT takes it.</summary>
    public static string Command(DeviceRuntime runtime)
    {
        // since 8.4 the workspace is a memory pool
        var pools = !Version.TryParse(runtime.Version, out var version) || version >= new Version(8, 4);
        return string.Join(' ', new[]
        {
            "/usr/src/tensorrt/bin/trtexec",
            "--onnx=model.onnx",
            "--saveEngine=model.engine",
            runtime.Precisions.Contains(Precision.Float16) ? "--fp16" : null,
            string.Create(CultureInfo.InvariantCulture, $"{(pools ? "--memPoolSize=workspace:" : "--workspace=")}{WorkspaceMebibytes}"),
        }.OfType<string>());
    }

    /// <summary>The script.</summary>
    public static string ScriptFor(DeviceRuntime runtime, DeviceProfile device) =>
        $"""
        #!/bin/sh
        # Builds the engine for {device.Name} (TensorRT {runtime.Version}). Run it on the device itself: an engine belongs to the
        # GPU and the version of TensorRT that it was built with. It takes some minutes.
        set -eu
        cd "$(dirname "$0")"
        {Command(runtime)}

        """;
}
