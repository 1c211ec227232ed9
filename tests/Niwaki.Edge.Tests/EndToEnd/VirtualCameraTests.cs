using System.Diagnostics;
using System.Text.Json;
using Niwaki.Testing;

namespace Niwaki.Edge.Tests;

/// <summary>A bundle with the kernel's virtual camera. It takes minutes and a published bundle, so that it is asked for.</summary>
public sealed class VirtualCameraTests : IDisposable
{
    private const int Frames = 3;

    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Patience(30)]
    public async Task Frames_of_a_V4L2_device_come_back_as_lines_of_JSON()
    {
        var bundle = Environment.GetEnvironmentVariable("NIWAKI_VIRTUAL_CAMERA");
        Assert.SkipWhen(bundle is null, "NIWAKI_VIRTUAL_CAMERA names no bundle for linux-x64 (boards/virtual-camera/README.md says how one is made).");
        Assert.SkipUnless(Tool.IsThere("qemu-system-x86_64"), "qemu-system-x86_64 is not installed (Debian: apt-get install qemu-system-x86).");
        using var run = Process.Start(new ProcessStartInfo(Path.Combine(Workshop.Root, "boards/virtual-camera/run.sh"), [Workshop.Named(bundle!), "--out", folder["camera"], "--limit", $"{Frames}", "--timeout", "900"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        TestContext.Current.TestOutputHelper?.WriteLine(await output);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, $"ended with {run.ExitCode}: {await output}{await errors}");
        var lines = await File.ReadAllLinesAsync(folder["camera/lines"], TestContext.Current.CancellationToken);
        Assert.True(lines.Length >= Frames);
        foreach (var line in lines)
        {
            using var frame = JsonDocument.Parse(line);
            Assert.Equal("ffmpeg:/dev/video0", frame.RootElement.GetProperty("source").GetString());
            Assert.Equal((640, 360), (frame.RootElement.GetProperty("width").GetInt32(), frame.RootElement.GetProperty("height").GetInt32()));
            Assert.Equal(1, frame.RootElement.GetProperty("areas").EnumerateObject().Sum(area => area.Value.GetDouble()), 0.001);
        }
    }
}
