namespace Niwaki.Edge.Tests;

/// <summary>Power fails while a bundle is installed: what serves is always a whole bundle, and the next installation succeeds.</summary>
public sealed class KilledInstallTests : IDisposable
{
    private readonly TestFolder folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Whenever_an_installation_is_killed_a_whole_bundle_serves_and_the_next_one_succeeds()
    {
        var (first, second) = (new TestBundle().Pack(folder), new TestBundle { Revision = 2 }.Pack(folder));
        var root = folder["root"];
        Assert.Equal(0, Edge.Run("install", first, "--root", root).Code);
        foreach (var step in new[] { "unpacked", "verified", "self-tested", "compared", "placed", "switched" })
        {
            using (var edge = EdgeProcess.Start("install", second, "--root", root))
            {
                await edge.SaidAsync($"  {step}", Cancel);
                edge.Kill();
            }

            var test = Edge.Run("selftest", "--bundle", root, "--json");
            Assert.True(test.Code == 0, $"killed when it had {step}: {test.Output}{test.Errors}");
            // on a busy machine the kill may come later than its step
            if (test.Output.Contains("colours 2", StringComparison.Ordinal))
                Assert.Equal(0, Edge.Run("rollback", "--root", root).Code);
        }

        var (code, output, errors) = Edge.Run("install", second, "--root", root);
        Assert.True(code == 0, errors);
        Assert.Contains("serves now", output, StringComparison.Ordinal);
        Assert.Contains("colours 2", Edge.Run("selftest", "--bundle", root).Output, StringComparison.Ordinal);
        // nothing half-written stays
        Assert.Equal(["bundles", "current"], Directory.EnumerateFileSystemEntries(root).Select(Path.GetFileName).Where(name => !name!.StartsWith('.')).Order());
        Assert.InRange(Directory.EnumerateDirectories(Path.Combine(root, "bundles")).Count(), 2, 3);
        Assert.DoesNotContain(Directory.EnumerateDirectories(Path.Combine(root, "bundles")), path => Path.GetFileName(path).StartsWith('.'));
    }

    [Fact]
    public async Task A_server_goes_on_while_an_update_is_installed_and_takes_it_when_it_is_restarted()
    {
        var root = folder["root"];
        Assert.Equal(0, Edge.Run("install", new TestBundle().Pack(folder), "--root", root).Code);
        byte[][] pictures = [Vision.ImageCodec.EncodePng(Scenes.Of(160, 120, 1))];
        using (var edge = EdgeProcess.Serve(root, folder["state"]))
        {
            var address = await edge.AddressAsync(Cancel);
            var load = Load.SendAsync(address, pictures, 200, 2, Cancel);
            Assert.Equal(0, Edge.Run("install", new TestBundle { Revision = 2 }.Pack(folder), "--root", root).Code);
            Assert.Equal(200, (await load).Answered);
            Assert.Equal(1, await RevisionAsync(address));
            Assert.Equal(0, await edge.StopAsync(Cancel));
        }

        using var again = EdgeProcess.Serve(root, folder["state"]);
        Assert.Equal(2, await RevisionAsync(await again.AddressAsync(Cancel)));
    }

    private static async Task<long> RevisionAsync(Uri address)
    {
        using var client = new HttpClient { BaseAddress = address };
        using var model = System.Text.Json.JsonDocument.Parse(await client.GetStringAsync("/v1/model", Cancel));
        return model.RootElement.GetProperty("revision").GetInt64();
    }
}
