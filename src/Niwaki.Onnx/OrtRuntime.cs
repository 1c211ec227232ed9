using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>The one place where ONNX Runtime sessions are made: no telemetry, no messages on the console, errors as <see cref="StageException"/>.</summary>
internal sealed partial record OrtRuntime
{
    private static readonly OrtEnv Environment = Start();

    /// <summary>Threads inside an operator.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>What ONNX Runtime may do to the graph. All, as on a device.</summary>
    public GraphOptimizationLevel Optimization { get; init; } = GraphOptimizationLevel.ORT_ENABLE_ALL;

    /// <summary>Whether freed memory is kept for the next run: faster, and the peak stays.</summary>
    public bool Arena { get; init; } = true;

    /// <summary>
    /// Whether threads spin for a while after a run, as ONNX Runtime's own default has it: the next picture then begins at once. Where sessions
    /// take turns, or other work wants the cores, those that spin take them away.
    /// </summary>
    public bool SpinsBetweenRuns { get; init; }

    /// <summary>Whether to write a profile beside this path.</summary>
    public string? Profile { get; init; }

    /// <summary>Where ONNX Runtime writes the graph as it runs it.</summary>
    public string? OptimizedGraph { get; init; }

    /// <summary>Engine and version, such as <c>onnxruntime 1.31.1</c>.</summary>
    public static string Version => $"onnxruntime {Environment.GetVersionString()}";

    /// <summary>Loads a graph from a file.</summary>
    /// <exception cref="StageException">ONNX Runtime does not take it.</exception>
    public InferenceSession Open(string path) => File.Exists(path)
        ? Open(options => new InferenceSession(path, options), path)
        : throw new StageException($"{path}: there is no such file.");

    /// <summary>Loads a graph from memory.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="where">Names it in an error.</param>
    /// <exception cref="StageException">ONNX Runtime does not take it.</exception>
    public InferenceSession Open(ModelProto model, string where)
    {
        if (ExternalTensors.BytesInside(model) <= OnnxFile.MostInside)
        {
            var bytes = model.ToByteArray();
            var session = Open(options => new InferenceSession(bytes, options), where);
            Garbage.Left(bytes.Length);
            return session;
        }

        // more than one message holds: through files, which are mapped and may go as soon as the session is there
        var folder = Directory.CreateTempSubdirectory("niwaki-large-").FullName;
        try
        {
            var path = Path.Combine(folder, "model.onnx");
            OnnxFile.Write(path, model);
            return Open(options => new InferenceSession(path, options), where);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs <paramref name="work"/> on a session, with ONNX Runtime's errors as <see cref="StageException"/>.</summary>
    /// <exception cref="StageException">ONNX Runtime could not run the graph.</exception>
    public static T Guard<T>(string where, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OnnxRuntimeException problem)
        {
            throw new StageException($"{where}: ONNX Runtime cannot run this graph ({problem.Message.Trim()}). Check that the file is whole and that its operator set is known to {Version}.", problem);
        }
    }

    private InferenceSession Open(Func<SessionOptions, InferenceSession> open, string where)
    {
        _ = Environment;
        using var options = new SessionOptions
        {
            IntraOpNumThreads = Math.Max(1, Threads),
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = Optimization,
            EnableCpuMemArena = Arena,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        if (!SpinsBetweenRuns)
            options.AddSessionConfigEntry("session.force_spinning_stop", "1");
        // the place first: switching it on is what reads it
        if (Profile is not null)
            (options.ProfileOutputPathPrefix, options.EnableProfiling) = (Profile, true);
        if (OptimizedGraph is not null)
            options.OptimizedModelFilePath = OptimizedGraph;
        return Guard(where, () => LoadingMemory.During(() => open(options)));
    }

    private static OrtEnv Start()
    {
        // the library reads the variable when the environment is made, before the call that switches events off can be made
        if (!OperatingSystem.IsWindows())
            _ = SetEnvironment("ORT_DISABLE_TELEMETRY", "1", 1);
        var options = new EnvironmentCreationOptions { logId = "niwaki", logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        var environment = OrtEnv.IsCreated ? OrtEnv.Instance() : OrtEnv.CreateInstanceWithOptions(ref options);
        environment.DisableTelemetryEvents();
        return environment;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
