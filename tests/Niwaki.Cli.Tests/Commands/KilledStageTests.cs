using System.Diagnostics;

namespace Niwaki.Cli.Tests;

/// <summary><c>kill -9</c> in every stage, and two processes in one folder.</summary>
[Collection(nameof(StageChain))]
public sealed class KilledStageTests(StageChain chain)
{
    public static TheoryData<string> Stages => new(StageChain.Stages);

    [Theory]
    [MemberData(nameof(Stages))]
    public void Killed_at_any_moment_the_same_command_finishes_with_the_same_result(string stage)
    {
        var random = new Random(Environment.ProcessId ^ stage[0]);
        string[] command = [.. chain.Command(stage), "--out", Path.Combine(chain.Folder, $"killed-{stage}")];
        using (var process = chain.Start(command))
        {
            WaitUntilItWorks(process, command[^1]);
            Thread.Sleep(random.Next(1 + (int)Math.Min(1500, chain.Duration(stage).TotalMilliseconds)));
            process.Kill();
            process.WaitForExit();
        }

        var (code, _, errors) = chain.Run(command);
        Assert.Equal((0, string.Empty), (code, errors));
        // a measurement holds times, which differ
        if (stage != "measure")
            Assert.Equal(chain.Digest(stage), StageChain.DigestOf(command[^1]));
        Assert.Equal([Path.GetFileName(command[^1])], Directory.GetFileSystemEntries(chain.Folder, $"killed-{stage}*").Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("-KILL", 400)]
    [InlineData("-KILL", 1500)]
    [InlineData("-INT", 800)]
    public void A_search_that_is_stopped_goes_on_where_it_was_and_leaves_nothing_half_written(string signal, int milliseconds)
    {
        var name = $"searched{signal}-{milliseconds}";
        string[] command = [.. chain.Command("quantize"), "--auto", "true", "--max-drop", "100", "--search.runs", "4", "--search.images", "2", "--out", Path.Combine(chain.Folder, name)];
        using (var process = chain.Start(command))
        {
            WaitUntilItWorks(process, command[^1]);
            Thread.Sleep(milliseconds);
            using (var kill = Process.Start("kill", [signal, $"{process.Id}"]))
                kill.WaitForExit();
            process.WaitForExit();
        }

        // the folder is there as a whole or not at all
        if (Directory.Exists(command[^1]))
            _ = StageChain.DigestOf(command[^1]);
        var (code, _, errors) = chain.Run(command);
        Assert.Equal((0, string.Empty), (code, errors));
        Assert.Equal([name], Directory.GetFileSystemEntries(chain.Folder, $"{name}*").Select(Path.GetFileName));
        Assert.Empty(Directory.GetFileSystemEntries(command[^1], ".*"));
        Assert.True(File.Exists(Path.Combine(command[^1], "search.json")));
    }

    [Fact]
    public void A_second_process_in_the_same_folder_is_refused_and_the_first_goes_on()
    {
        string[] command = [.. chain.Command("train", steps: 100_000), "--out", Path.Combine(chain.Folder, "twice")];
        using var first = chain.Start(command);
        try
        {
            WaitUntilItWorks(first, command[^1]);
            var (code, output, errors) = chain.Run(command);
            Assert.Equal((1, string.Empty), (code, output));
            Assert.Contains($"another run works in this folder (process {first.Id})", errors);
            Assert.False(first.HasExited);
        }
        finally
        {
            first.Kill();
            first.WaitForExit();
        }
    }

    private static void WaitUntilItWorks(Process process, string final)
    {
        var clock = Stopwatch.StartNew();
        while (Directory.GetDirectories(Path.GetDirectoryName(final)!, $"{Path.GetFileName(final)}.*").Length == 0 && !Directory.Exists(final))
        {
            Assert.False(process.HasExited && !Directory.Exists(final), "the process ended by itself");
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(2), "nothing happened for two minutes");
            Thread.Sleep(5);
        }
    }
}
