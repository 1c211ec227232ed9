using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>A bundle, a process that serves it, and a thousand requests: what a deployment meets.</summary>
public sealed class ServedUnderLoadTests : IDisposable
{
    // what a first request of each kind makes, the collector's slack and a burst of bodies; a leak of one picture a request would be 100 MB
    private const long Slack = 40 << 20;

    private static readonly byte[][] Pictures = [.. Enumerable.Range(0, 16).Select(seed => ImageCodec.EncodePng(Scenes.Of(160, 120, seed)))];
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_thousand_requests_at_8_and_at_64_end_well_and_memory_stays_flat()
    {
        var bundle = new TestBundle().Unpack(folder);
        using var edge = EdgeProcess.Serve(bundle, folder["state"]);
        var address = await edge.AddressAsync(Cancel);
        var few = await Load.SendAsync(address, Pictures, 1000, 8, Cancel);
        await Load.SendAsync(address, Pictures, 200, 64, Cancel);
        var before = edge.Resident;

        var many = await Load.SendAsync(address, Pictures, 1000, 64, Cancel);
        var again = await Load.SendAsync(address, Pictures, 1000, 8, Cancel);

        var after = edge.Resident;
        Figures.Say($"at 8: {few}");
        Figures.Say($"at 64: {many}");
        Figures.Say($"at 8 again: {again}; resident {new Bytes(before)} before, {new Bytes(after)} after");
        Assert.Empty(few.Wrong.Concat(many.Wrong).Concat(again.Wrong));
        Assert.Equal((2000, 0), (few.Answered + again.Answered, few.Refused + again.Refused)); // 8 fit into the queue
        Assert.Equal(1000, many.Answered + many.Refused);
        Assert.True(many.Answered > 0);
        Assert.True(after - before < Slack, $"{new Bytes(before)} before, {new Bytes(after)} after 2000 requests");
        Assert.InRange(after, 1, 250_000_000);
        Assert.Equal(0, await edge.StopAsync(Cancel));
    }

    [Fact]
    public async Task A_killed_server_serves_again_and_its_watch_goes_on()
    {
        var bundle = new TestBundle { Watched = true }.Unpack(folder);
        var seen = 0L;
        for (var round = 0; round < 3; round++)
        {
            using var edge = EdgeProcess.Serve(bundle, folder["state"]);
            var address = await edge.AddressAsync(Cancel);
            using var client = new HttpClient { BaseAddress = address };
            var frames = await FramesAsync(client);
            Assert.True(frames >= seen, $"{frames} frames are known after the kill, but {seen} were known and kept before: {edge.Said}");
            var load = await Load.SendAsync(address, Pictures, 40, 4, Cancel);
            Assert.Empty(load.Wrong);
            Assert.Equal(frames + 40, await FramesAsync(client));
            // what it writes from time to time may be one interval old after a kill, but never damaged
            var cut = Load.SendAsync(address, Pictures, 1000, 8, Cancel);
            await Task.Delay(150, Cancel);
            edge.Kill();
            Assert.NotEmpty((await cut).Wrong);
            Assert.DoesNotContain("bug in niwaki-edge", edge.Said, StringComparison.Ordinal);
            seen = round == 0 ? 0 : frames;
        }
    }

    [Fact]
    public async Task A_server_that_is_asked_to_stop_keeps_what_it_watched()
    {
        var bundle = new TestBundle { Watched = true }.Unpack(folder);
        using (var edge = EdgeProcess.Serve(bundle, folder["state"]))
        {
            Assert.Equal(20, (await Load.SendAsync(await edge.AddressAsync(Cancel), Pictures, 20, 2, Cancel)).Answered);
            Assert.Equal(0, await edge.StopAsync(Cancel));
        }

        using var again = EdgeProcess.Serve(bundle, folder["state"]);
        using var client = new HttpClient { BaseAddress = await again.AddressAsync(Cancel) };
        Assert.Equal(20, await FramesAsync(client));
    }

    private static async Task<long> FramesAsync(HttpClient client)
    {
        using var drift = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/v1/drift", Cancel));
        return drift.RootElement.GetProperty("frames").GetInt64();
    }
}
