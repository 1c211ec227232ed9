using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>From the recipe to the field: a model of quickstart's size is trained, bundled, installed, served, loaded, watched and updated.</summary>
public sealed class DeploymentTests : IDisposable
{
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_model_becomes_a_bundle_is_installed_serves_under_load_is_watched_and_updated()
    {
        var workshop = new Workshop(folder);
        var run = await workshop.RunAsync();
        var (first, second) = (await workshop.BundleAsync(run, 1), await workshop.BundleAsync(run, 2));
        var fresh = await workshop.FreshAsync(160);
        var root = folder["roofs"];
        await InstallAsync(first, root);

        await LoadAsync(root, fresh);
        await WatchAsync(root, fresh);

        // an update while it serves; then the power fails, and what comes up is the new one
        using (var edge = Serve(root, "update"))
        {
            var load = Load.SendAsync(await edge.AddressAsync(Cancel), [ImageCodec.EncodePng(fresh[0])], 300, 2, Cancel);
            await InstallAsync(second, root);
            Assert.Empty((await load).Wrong);
            Assert.Equal(1, await RevisionAsync(await edge.AddressAsync(Cancel)));
            edge.Kill();
        }

        using var again = Serve(root, "update");
        Assert.Equal(2, await RevisionAsync(await again.AddressAsync(Cancel)));
    }

    private async Task LoadAsync(string root, RgbImage[] fresh)
    {
        byte[][] pictures = [.. fresh.Take(16).Select(ImageCodec.EncodePng)];
        using var edge = Serve(root, "load");
        var address = await edge.AddressAsync(Cancel);
        await Load.SendAsync(address, pictures, 1000, 64, Cancel);
        var before = edge.Resident;
        foreach (var atOnce in (int[])[8, 64])
        {
            var load = await Load.SendAsync(address, pictures, 1000, atOnce, Cancel);
            Figures.Say($"quickstart's student, 1000 requests, {atOnce} at a time: {load}; resident {new Bytes(edge.Resident)}");
            Assert.Empty(load.Wrong);
            Assert.Equal(1000, load.Answered + load.Refused);
            Assert.True(load.Answered > 0 && (atOnce > 8 || load.Refused == 0), load.ToString());
        }

        Assert.InRange(edge.Resident, 1, 250_000_000);
        Assert.True(edge.Resident - before < 40 << 20, $"{new Bytes(before)} before, {new Bytes(edge.Resident)} after");
        Assert.Equal(0, await edge.StopAsync(Cancel));
    }

    private async Task WatchAsync(string root, RgbImage[] fresh)
    {
        using var edge = Serve(root, "watch");
        var address = await edge.AddressAsync(Cancel);
        using var client = new HttpClient { BaseAddress = address };
        var page = Tool.IsThere("chromium") ? await Chromium.OpenAsync(address) : null;
        try
        {
            // one after the other: a window is 32 frames, and an alarm three windows in a row
            Assert.Equal(fresh.Length, (await Load.SendAsync(address, [.. fresh.Select(ImageCodec.EncodePng)], fresh.Length, 2, Cancel)).Answered);
            var (windows, exceeding) = (await ValueAsync(client, "niwaki_drift_windows_total"), await ValueAsync(client, "niwaki_drift_windows_exceeding_total"));
            Figures.Say($"fresh scenes: {exceeding} of {windows} windows exceed a threshold");
            Assert.Equal((5, 0), (windows, await ValueAsync(client, "niwaki_drift_alarms_total")));
            if (page is not null)
            {
                await page.WaitAsync("document.querySelectorAll('#classes li').length === 14 && document.getElementById('state').textContent === 'ready'");
                Assert.True((await page.EvaluateAsync("document.getElementById('alarm').hidden")).GetBoolean());
            }

            Assert.Equal(96, (await Load.SendAsync(address, [.. fresh.Select(scene => ImageCodec.EncodePng(Workshop.Hazed(scene, 0.6)))], 96, 2, Cancel)).Answered);
            Assert.Equal((1, 1), (await ValueAsync(client, "niwaki_drift_alarms_total"), await ValueAsync(client, "niwaki_drift_alarm")));
            Assert.Contains("drift alarm 1", edge.Said, StringComparison.Ordinal);
            if (page is not null)
                await page.WaitAsync("!document.getElementById('alarm').hidden && document.querySelectorAll('#charts svg').length > 0");
        }
        finally
        {
            if (page is not null)
                await page.DisposeAsync();
        }
    }

    // the program that the bundle brings, where it brings one
    private EdgeProcess Serve(string root, string state) => EdgeProcess.StartOf(Installed(root), "serve", "--bundle", root, "--listen", "127.0.0.1:0", "--state", folder[state]);

    private static string? Installed(string root) => EdgeProcess.Native is null ? null : Path.Combine(root, "current/bin/niwaki-edge");

    private static async Task InstallAsync(string bundle, string root)
    {
        using var edge = EdgeProcess.Start("install", bundle, "--root", root);
        Assert.True(await edge.CodeAsync(Cancel) == 0, edge.Said);
        Assert.Contains("serves now", edge.Said, StringComparison.Ordinal);
    }

    private static async Task<long> ValueAsync(HttpClient client, string metric) =>
        long.Parse((await client.GetStringAsync("/metrics", Cancel)).Split('\n').Single(line => line.StartsWith(metric + " ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<long> RevisionAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var model = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/v1/model", Cancel));
        return model.RootElement.GetProperty("revision").GetInt64();
    }
}
