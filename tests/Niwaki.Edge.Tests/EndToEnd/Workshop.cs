using System.Diagnostics;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>A student of quickstart's kind and size, hardly trained, from the recipe to the bundle; and pictures that it may meet.</summary>
internal sealed class Workshop(TestFolder folder)
{
    private const string Recipe = """
        {
          "name": "roofs",
          "data": { "kind": "synthetic", "width": 128, "height": 128, "train": 400, "validation": 256 },
          "steps": [
            { "name": "student", "stage": { "kind": "train", "model": "mobilevit-micro+upernet-32", "width": 128, "height": 128, "steps": 40, "batch": 8, "validateEvery": 0, "augmentation": null } },
            { "name": "float", "stage": { "kind": "export" } },
            { "name": "int8", "stage": { "kind": "quantize", "images": 16, "agreement": 0 } },
            { "name": "measured", "stage": { "kind": "measure", "images": 8, "runs": 10 } },
            { "name": "gate", "stage": { "kind": "gate", "budget": { "maxMemory": "250 MB", "maxLatency": "5 s" } } }
          ]
        }
        """;

    /// <summary>The repository.</summary>
    public static string Root { get; } = Above("Niwaki.slnx");

    /// <summary>A file that an environment variable names: from where the tests were started, else from the repository, as `dotnet test` starts them elsewhere.</summary>
    public static string Named(string file) => Path.GetFullPath(file, File.Exists(file) ? Environment.CurrentDirectory : Root);

    /// <summary>Trains it, exports it, quantizes it and judges it.</summary>
    public async Task<string> RunAsync()
    {
        await File.WriteAllTextAsync(folder["recipe.json"], Recipe, TestContext.Current.CancellationToken);
        await NiwakiAsync("run", folder["recipe.json"], "--out", folder["run"], "--threads", "1");
        return folder["run"];
    }

    /// <summary>Packs the run; with the native program, where the tests are about one.</summary>
    public async Task<string> BundleAsync(string run, int revision)
    {
        var bundle = folder[$"roofs-{revision}.tar.gz"];
        await NiwakiAsync("bundle", run, "--device", Path.Combine(Root, "devices/x86-64.json"), "--revision", $"{revision}", "--program", EdgeProcess.Native is { } native ? Path.GetDirectoryName(native)! : "none", "--out", bundle);
        return bundle;
    }

    /// <summary>Scenes of the same kind that nobody has seen.</summary>
    public async Task<RgbImage[]> FreshAsync(int count)
    {
        await NiwakiAsync("synth", "--out", folder["fresh"], "--count", $"{count}", "--width", "128", "--height", "128", "--seed", "4711");
        return [.. Directory.EnumerateFiles(folder["fresh"], "*", SearchOption.AllDirectories).Where(path => path.Contains("/images/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(path => ImageCodec.Decode(path))];
    }

    /// <summary>The same scene through haze.</summary>
    public static RgbImage Hazed(RgbImage scene, double haze)
    {
        var pixels = scene.Pixels.ToArray();
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)((1 - haze) * pixels[i] + haze * 215);
        return new RgbImage(scene.Width, scene.Height, pixels);
    }

    private static async Task NiwakiAsync(params string[] args)
    {
        var program = Path.Combine(Root, "src/Niwaki.Cli", Path.GetRelativePath(Path.Combine(Root, "tests/Niwaki.Edge.Tests"), AppContext.BaseDirectory), "Niwaki.Cli.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, $"niwaki {string.Join(' ', args)} ended with {process.ExitCode}: {await output}{await errors}");
        }
        finally
        {
            process.Kill();
        }
    }

    internal static string Above(string file)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, file)))
                return at.FullName;
        }

        throw new InvalidOperationException($"{file} lies nowhere above {AppContext.BaseDirectory}");
    }
}
