using System.Buffers.Binary;

namespace Niwaki.Cli;

/// <summary>The program for the device, as it was published.</summary>
internal static class EdgeFiles
{
    /// <summary>The program's name.</summary>
    public const string Program = "niwaki-edge";

    private const string Folder = "bin/";
    private const string Remedy = "Publish it: src/Niwaki.Edge/publish.sh";

    /// <summary>Where the publishing script puts it.</summary>
    public static string UsualFolder(string platform) => Path.Combine("artifacts", "edge", platform);

    /// <summary>The files of a published folder, checked to be programs for the platform.</summary>
    /// <exception cref="StageException">No program, not native, or for another processor.</exception>
    public static IReadOnlyList<BundleContent> Of(string folder, string platform)
    {
        if (!File.Exists(Path.Combine(folder, Program)))
            throw new StageException($"{folder}: holds no {Program}. {Remedy} {platform}");
        if (File.Exists(Path.Combine(folder, Program + ".dll")))
            throw new StageException($"{folder}: holds a program that needs .NET, which boards do not have. {Remedy} {platform}");
        var files = Directory.EnumerateFiles(folder).Where(path => Path.GetFileName(path) == Program || path.EndsWith(".so", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        foreach (var file in files)
            CheckMachine(file, platform);
        return [.. files.Select(file => BundleContent.OfFile(Folder + Path.GetFileName(file), file, executable: Path.GetFileName(file) == Program))];
    }

    // ELF: byte 5 is 1 where numbers are little-endian, bytes 18 and 19 are the processor
    private static void CheckMachine(string path, string platform)
    {
        var header = new byte[20];
        using var stream = File.OpenRead(path);
        var machine = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header.AsSpan().StartsWith("\u007fELF"u8) && header[5] == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(18)) switch { 183 => BundleDevice.LinuxArm64, 62 => BundleDevice.LinuxX64, var other => $"processor {other}" }
            : "no program at all";
        if (machine != platform)
            throw new StageException($"{path}: is for {machine}, but the device needs {platform}. {Remedy} {platform}");
    }
}
