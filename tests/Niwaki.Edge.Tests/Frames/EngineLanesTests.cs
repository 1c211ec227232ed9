using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class EngineLanesTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Callers_at_the_same_time_get_what_each_of_them_gets_alone(int lanes)
    {
        using var open = Open(lanes);
        var inputs = Enumerable.Range(0, 12).Select(seed => open.Preprocess.Apply(Scenes.Of(64, 48, seed))).ToArray();
        var alone = new List<float[]>();
        foreach (var input in inputs)
            alone.Add((await RunAsync(open, input, TestContext.Current.CancellationToken)).Scores);
        Assert.NotEqual(alone[0], alone[1]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var which = (i * 7 + caller) % inputs.Length;
                Assert.Equal(alone[which], (await RunAsync(open, inputs[which], TestContext.Current.CancellationToken)).Scores);
            }
        })));
    }

    [Fact]
    public async Task Callers_who_go_away_while_they_wait_do_not_stop_the_others()
    {
        using var open = Open(1);
        var input = open.Preprocess.Apply(Scenes.Of(64, 48, 3));
        var expected = (await RunAsync(open, input, TestContext.Current.CancellationToken)).Scores;
        var (answered, gone) = (0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                using var cancel = new CancellationTokenSource();
                var mine = input.ToArray();
                var running = RunAsync(open, mine, cancel.Token);
                if (caller % 2 == 0)
                    await cancel.CancelAsync();
                try
                {
                    Assert.Equal(expected, (await running).Scores);
                    Interlocked.Increment(ref answered);
                }
                catch (OperationCanceledException)
                {
                    mine.AsSpan().Fill(float.NaN); // the caller's again
                    Interlocked.Increment(ref gone);
                }
            }
        })));
        Assert.Equal(800, answered + gone);
        Assert.InRange(answered, 400, 800);
        Assert.Equal(expected, (await RunAsync(open, input, TestContext.Current.CancellationToken)).Scores);
    }

    [Fact]
    public async Task A_picture_that_cannot_be_run_is_its_caller_s_to_hear_and_frees_the_lane()
    {
        using var open = Open(1);
        var input = open.Preprocess.Apply(Scenes.Of(64, 48, 3));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 20; i++)
            {
                await Assert.ThrowsAsync<ArgumentException>(async () => await RunAsync(open, input[..^1], TestContext.Current.CancellationToken));
                await RunAsync(open, input, TestContext.Current.CancellationToken);
            }
        })));
    }

    private Deployment Open(int lanes) => Deployment.Open(Bundle.Open(new TestBundle { Preprocess = new Preprocess(64, 48) }.Unpack(folder)), lanes);

    private static async Task<Prediction> RunAsync(Deployment open, float[] input, CancellationToken cancel) => (await open.Lanes.RunAsync(input, TimeProvider.System, cancel)).Prediction;
}
