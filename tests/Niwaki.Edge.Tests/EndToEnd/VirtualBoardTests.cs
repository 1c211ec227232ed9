using System.Diagnostics;
using System.Text.Json;
using Niwaki.Testing;

namespace Niwaki.Edge.Tests;

/// <summary>A bundle on the emulated Cortex-A57. It takes minutes and a published bundle, so that it is asked for.</summary>
public sealed class VirtualBoardTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    [Patience(45)]
    public async Task A_bundle_works_on_the_virtual_board()
    {
        var bundle = Environment.GetEnvironmentVariable("NIWAKI_VIRTUAL_BOARD");
        Assert.SkipWhen(bundle is null, "NIWAKI_VIRTUAL_BOARD names no bundle for linux-arm64 (boards/virtual-nano/README.md says how one is made).");
        Assert.SkipUnless(Tool.IsThere("qemu-system-aarch64"), "qemu-system-aarch64 is not installed (Debian: apt-get install qemu-system-arm).");
        using var run = Process.Start(new ProcessStartInfo(Path.Combine(Workshop.Root, "boards/virtual-nano/run.sh"), [Workshop.Named(bundle!), "--out", folder["board"], "--timeout", "1500"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        TestContext.Current.TestOutputHelper?.WriteLine(await output);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, $"ended with {run.ExitCode}: {await output}{await errors}");
        using var result = JsonDocument.Parse(await File.ReadAllTextAsync(folder["board/result.json"], TestContext.Current.CancellationToken));
        Assert.True(result.RootElement.GetProperty("passed").GetBoolean());
        Assert.True(result.RootElement.GetProperty("emulated").GetBoolean());
        Assert.InRange(result.RootElement.GetProperty("agreement").GetDouble(), 0.995, 1);
    }
}
