using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Niwaki.Onnx;
using Niwaki.Torch;
using Niwaki.Vision;

namespace Niwaki.Cli;

/// <summary>Looks at the machine. Only reads; nothing is changed.</summary>
internal static class Examination
{
    private static readonly string[] Features = ["avx2", "fma", "f16c", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimd", "asimddp", "asimdhp", "bf16", "i8mm"];

    public static IEnumerable<Finding> All()
    {
        yield return new Finding("niwaki", FindingState.Good, Session.Version);
        yield return new Finding(".NET", FindingState.Good, $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.OSDescription}");
        yield return Try("libtorch", () => $"{LibTorch.Load()}, {TorchSharp.torch.get_num_threads()} threads; {Patched()}");
        yield return Try("ONNX Runtime", () => $"{OrtRuntime.Version}, telemetry off");
        yield return Try("SkiaSharp", Skia);
        yield return Processor();
        yield return Memory();
        yield return Sensors();
        yield return Gpu();
        yield return Disk();
    }

    [SuppressMessage("Design", "CA1031", Justification = "a library that does not load is a finding, whatever it throws")]
    private static Finding Try(string what, Func<string> find)
    {
        try
        {
            return new Finding(what, FindingState.Good, find());
        }
        catch (Exception problem)
        {
            return new Finding(what, FindingState.Missing, (problem.InnerException ?? problem).Message) { Remedy = "Build again with 'dotnet build'; on other systems than 64-bit Linux, use a container." };
        }
    }

    // a picture there and back: its native library has to load
    private static string Skia()
    {
        var picture = new RgbImage(1, 1, [1, 2, 3]);
        return ImageCodec.Decode(ImageCodec.EncodePng(picture), "a pixel").Pixels.AsSpan().SequenceEqual(picture.Pixels)
            ? typeof(SkiaSharp.SKCodec).Assembly.GetName().Version!.ToString(3)
            : throw new InvalidDataException("a picture that was written is not read as it was");
    }

    // the output's copy differs from the package's where the build adapted it
    private static string Patched()
    {
        var library = new FileInfo(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so"));
        return !library.Exists ? "found elsewhere" : library.LinkTarget is null ? "libLibTorchSharp.so adapted to an older libstdc++ (GLIBCXX_3.4.32 made weak)" : "libLibTorchSharp.so as it came: libstdc++ is new enough";
    }

    private static Finding Processor()
    {
        var lines = Lines("/proc/cpuinfo");
        var name = Value(lines, "model name") ?? Value(lines, "Model") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var flags = (Value(lines, "flags") ?? Value(lines, "Features") ?? string.Empty).Split(' ').ToHashSet(StringComparer.Ordinal);
        var has = Features.Where(flags.Contains).ToArray();
        var int8 = has.Any(flag => flag is "avx512_vnni" or "avx_vnni" or "amx_int8" or "asimddp" or "i8mm");
        return new Finding("processor", FindingState.Good, $"{name}, {Environment.ProcessorCount} threads; {(has.Length == 0 ? "no vector features known" : string.Join(' ', has))}")
        {
            Remedy = int8 || has.Length == 0 ? null : "No int8 dot products here: an int8 model saves bytes and memory, and less time than on a board that has them.",
        };
    }

    private static Finding Memory()
    {
        var lines = Lines("/proc/meminfo");
        var total = Kibibytes(lines, "MemTotal") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var free = Kibibytes(lines, "MemAvailable");
        var limit = long.TryParse(Lines("/sys/fs/cgroup/memory.max").FirstOrDefault(), CultureInfo.InvariantCulture, out var given) && given < total ? given : (long?)null;
        var usable = limit ?? total;
        return new Finding("memory", FindingState.Good, $"{new Bytes(total)}{(free is null ? string.Empty : $", {new Bytes(free.Value)} available")}{(limit is null ? string.Empty : $", limited to {new Bytes(limit.Value)}")}")
        {
            Remedy = usable < 4_000_000_000 ? "The quickstart needs up to 4 GB: close other programs, or use a smaller batch." : null,
        };
    }

    // those that the measure stage would read
    private static Finding Sensors()
    {
        if (EnergySensor.Find(TimeProvider.System) is { } sensor)
            return new Finding("power sensors", FindingState.Good, sensor.Name);
        var closed = Files("/sys/class/powercap", "energy_uj").FirstOrDefault(file => !Readable(file));
        return closed is not null
            ? new Finding("power sensors", FindingState.Absent, $"{closed} cannot be read") { Remedy = $"Energy is not measured. To allow it: sudo chmod a+r {closed}" }
            : new Finding("power sensors", FindingState.Absent, "none (RAPL, INA3221): energy is not measured");
    }

    private static Finding Gpu()
    {
        var driver = Lines("/proc/driver/nvidia/version").FirstOrDefault();
        if (driver is not null)
            return new Finding("GPU", FindingState.Absent, $"{driver.Trim()}: not used, this build of libtorch and ONNX Runtime is for the processor");
        return File.Exists("/dev/nvhost-gpu") ? new Finding("GPU", FindingState.Absent, "Jetson GPU: not used by this build") : new Finding("GPU", FindingState.Absent, "none found, none needed");
    }

    private static Finding Disk()
    {
        var drive = new DriveInfo(Directory.GetCurrentDirectory());
        return new Finding("disk", drive.AvailableFreeSpace < 1_000_000_000 ? FindingState.Missing : FindingState.Good, $"{new Bytes(drive.AvailableFreeSpace)} free of {new Bytes(drive.TotalSize)} here ({drive.DriveFormat})")
        {
            Remedy = drive.AvailableFreeSpace < 1_000_000_000 ? "A run writes some hundred megabytes: free space, or give --out on another disk." : null,
        };
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? Value(string[] lines, string key) => lines.FirstOrDefault(line => line.Split(':')[0].Trim() == key)?.Split(':', 2)[^1].Trim();

    private static long? Kibibytes(string[] lines, string key) => long.TryParse(Value(lines, key)?.Split(' ')[0], CultureInfo.InvariantCulture, out var value) ? value * 1024 : null;

    private static string[] Files(string folder, string pattern)
    {
        try
        {
            return Directory.Exists(folder) ? [.. Directory.GetDirectories(folder).SelectMany(inside => Directory.EnumerateFiles(inside, pattern))] : [];
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool Readable(string file)
    {
        try
        {
            return File.ReadAllText(file).Length > 0;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
