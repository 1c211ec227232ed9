using Spectre.Console.Testing;

namespace Niwaki.Cli.Tests;

public sealed class LogTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = Noon;

        public override DateTimeOffset GetUtcNow() => Now;
    }

    [Fact]
    public void The_time_left_follows_from_what_was_done_since_it_was_first_heard_of()
    {
        var eta = new Eta();
        Assert.Null(eta.Note(500, 1000, Noon));
        Assert.Equal(TimeSpan.FromSeconds(40), eta.Note(600, 1000, Noon.AddSeconds(10)));
        Assert.Equal(TimeSpan.Zero, eta.Note(1000, 1000, Noon.AddSeconds(50)));
        Assert.Null(eta.Note(0, 1000, Noon.AddSeconds(60)));
    }

    [Theory]
    [InlineData(5, "0:05")]
    [InlineData(125, "2:05")]
    [InlineData(3723, "1:02:03")]
    public void Times_read_like_a_clock(int seconds, string text) => Assert.Equal(text, Eta.Print(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Plain_lines_come_every_fifteen_seconds_and_at_the_end()
    {
        var (console, clock) = (new TestConsole(), new Clock());
        var log = new PlainLog(console, clock);
        log.Say("[a] line with [brackets]");
        for (var second = 0; second <= 40; second++)
        {
            clock.Now = Noon.AddSeconds(second);
            log.Progress("train", second, 40, $"loss {second}");
        }

        Assert.Equal(["[a] line with [brackets]", "train: 38%, 0:25 left, loss 15", "train: 75%, 0:10 left, loss 30", "train: 100%, loss 40"], console.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void Bars_take_any_text_and_return_the_result()
    {
        var console = new TestConsole();
        var result = BarLog.Run(console, new Clock(), log =>
        {
            log.Say("[1/2] with [brackets]");
            log.Progress("work [x]", 1, 2, "loss [y]");
            log.Progress("work [x]", 2, 2);
            log.Progress("work [x]", 0, 0);
            return 7;
        });
        Assert.Equal(7, result);
        Assert.Contains("[1/2] with [brackets]", console.Output);
    }
}
