using System.Diagnostics;

namespace Niwaki.Tests;

/// <summary><c>kill -9</c> at every step of an installation, and a disk that is full, on a real file system and in a process of its own.</summary>
public sealed class KilledInstallTests : IDisposable
{
    private const string Victim = "NIWAKI_TEST_VICTIM";

    private static readonly InstallRules Rules = new() { Platform = BundleDevice.LinuxX64 };

    private readonly TemporaryFolder folder = new();

    public static TheoryData<InstallStep> Steps => new(Enum.GetValues<InstallStep>());

    public void Dispose() => folder.Dispose();

    /// <summary>An ordinary installation; but in a process that is told so it kills itself at a step.</summary>
    [Fact]
    public void An_installation_reaches_every_step_in_order()
    {
        if (Environment.GetEnvironmentVariable(Victim) is { } told)
        {
            var (root, archive, at) = (told.Split('|')[0], told.Split('|')[1], Enum.Parse<InstallStep>(told.Split('|')[2]));
            new BundleStore(root).Install(archive, Rules with { Reached = step => KillAt(step, at) }, bundle => new ByteModel(bundle));
            return;
        }

        var reached = new List<InstallStep>();
        Install("root", 1, "128 0.9");
        Install("root", 2, "130 0.9", Rules with { Reached = reached.Add });
        Assert.Equal(Enum.GetValues<InstallStep>(), reached);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Killed_at_any_step_one_whole_bundle_serves_and_the_next_installation_succeeds(InstallStep at)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bundles are installed on Linux");
        Install("root", 1, "128 0.9");
        var archive = TinyBundle.Pack(folder.Of("2.tar.gz"), 2, "130 0.9");
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        // under the runtime's own host the first argument is the program
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(KilledInstallTests).Assembly.Location);
        start.ArgumentList.Add("-method");
        start.ArgumentList.Add($"{typeof(KilledInstallTests).FullName}.{nameof(An_installation_reaches_every_step_in_order)}");
        start.Environment[Victim] = $"{folder.Of("root")}|{archive}|{at}";
        using (var process = Process.Start(start)!)
        {
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 128 + 9, $"ends with {process.ExitCode}: {output}");
            Assert.NotNull(errors);
        }

        var store = new BundleStore(folder.Of("root"));
        Assert.Equal(at >= InstallStep.Switched ? "130 0.9" : "128 0.9", Bundle.Open(store.Serving!.Folder).Text("model/model.onnx"));
        Install("root", 3, "131 0.9");
        Assert.Equal("131 0.9", Bundle.Open(store.Serving!.Folder).Text("model/model.onnx"));
        // neither halves nor what never served
        Assert.Equal(at >= InstallStep.Switched ? 3 : 2, store.Installed.Count);
        Assert.Equal(store.Installed.Count, Directory.GetFileSystemEntries(folder.Of("root", "bundles")).Length);
        Assert.Equal(["bundles", "current"], Directory.GetFileSystemEntries(folder.Of("root")).Select(Path.GetFileName).Where(name => name![0] != '.').Order());
        store.Rollback();
    }

    [Fact]
    public void A_disk_that_is_full_leaves_the_old_bundle_serving_and_the_same_installation_succeeds_once_there_is_space()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can mount a small file system");
        var disk = folder.Of("disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Shell("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk), "a small file system cannot be mounted here");
        try
        {
            Install("disk/root", 1, "128 0.9");
            var filler = Path.Combine(disk, "filler");
            for (var free = 0; free <= 24; free += 4)
            {
                File.Delete(filler);
                Fill(filler, free << 10);
                var message = Assert.Throws<StageException>(() => Install("disk/root", 2, "130 0.9")).Message;
                Assert.Contains("No space left", message);
                Assert.Equal("128 0.9", Bundle.Open(new BundleStore(folder.Of("disk/root")).Serving!.Folder).Text("model/model.onnx"));
            }

            File.Delete(filler);
            Install("disk/root", 2, "130 0.9");
            Assert.Equal("130 0.9", Bundle.Open(new BundleStore(folder.Of("disk/root")).Serving!.Folder).Text("model/model.onnx"));
        }
        finally
        {
            Shell("umount", "-l", disk);
        }
    }

    private static void KillAt(InstallStep step, InstallStep at)
    {
        if (step != at)
            return;
        using var self = Process.GetCurrentProcess();
        // SIGKILL: nothing of this process runs any more
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Fill(string path, long free)
    {
        using var stream = File.Create(path);
        try
        {
            var page = new byte[4096];
            while (true)
            {
                stream.Write(page);
                stream.Flush();
            }
        }
        catch (IOException)
        {
            // full
        }

        stream.SetLength(Math.Max(0, stream.Length / 4096 * 4096 - free));
    }

    private void Install(string root, long revision, string model, InstallRules? rules = null) =>
        new BundleStore(folder.Of(root)).Install(TinyBundle.Pack(folder.Of($"{revision}.tar.gz"), revision, model), rules ?? Rules, bundle => new ByteModel(bundle));

    private static bool Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
