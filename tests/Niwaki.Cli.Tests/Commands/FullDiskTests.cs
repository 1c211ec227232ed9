using System.Diagnostics;

namespace Niwaki.Cli.Tests;

/// <summary>Every stage on a real file system that is full, or becomes full half-way.</summary>
[Collection(nameof(StageChain))]
public sealed class FullDiskTests(StageChain chain) : IDisposable
{
    private const int Page = 4096;

    private readonly string disk = Directory.CreateTempSubdirectory("niwaki-disk-").FullName;
    private bool mounted;

    public static TheoryData<string> Stages => new(StageChain.Stages);

    [Theory]
    [MemberData(nameof(Stages))]
    public void A_disk_that_is_full_is_told_and_the_same_command_finishes_once_there_is_space(string stage)
    {
        Mount();
        string[] command = [.. chain.Command(stage), "--out", Path.Combine(disk, "out")];
        var middle = (2 * Page) + (chain.Bytes(stage) / 2 / Page * Page);
        foreach (var free in stage == "gate" ? [0, middle] : (long[])[middle])
        {
            Fill(free);
            var (code, output, errors) = chain.Run(command);
            Assert.True(code == 1, $"{free} bytes free: ends with {code}, {output}{errors}");
            Assert.Contains("No space left", errors);
            Assert.Contains(disk, errors);
            Assert.DoesNotContain("   at ", errors);
            Assert.False(Directory.Exists(command[^1]));
        }

        File.Delete(Path.Combine(disk, "filler"));
        var finished = chain.Run(command);
        Assert.Equal((0, string.Empty), (finished.Code, finished.Errors));
        if (stage != "measure")
            Assert.Equal(chain.Digest(stage), StageChain.DigestOf(command[^1]));
    }

    public void Dispose()
    {
        if (mounted)
            Shell("umount", "-l", disk);
        Directory.Delete(disk, recursive: true);
    }

    private void Mount()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can mount a small file system");
        mounted = Shell("mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", disk) == 0;
        Assert.SkipUnless(mounted, "a small file system could not be mounted");
    }

    private void Fill(long free)
    {
        var filler = Path.Combine(disk, "filler");
        File.Delete(filler);
        var left = new DriveInfo(disk).AvailableFreeSpace - free;
        if (left > 0)
            File.WriteAllBytes(filler, new byte[left]);
    }

    private static int Shell(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
