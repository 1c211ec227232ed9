using System.Security.Cryptography;

namespace Niwaki.Edge.Tests;

/// <summary>The commands; what an installation does and survives is tested with the store.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly TestFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_bundle_is_tried_compared_and_switched_to_and_a_rollback_returns()
    {
        var root = folder["root"];
        var first = Edge.Run("install", new TestBundle().Pack(folder), "--root", root);
        Assert.True(first.Code == ExitCode.Done, first.Errors);
        Assert.Contains("pass  agreement: 1.000000", first.Output, StringComparison.Ordinal);
        var second = Edge.Run("install", new TestBundle { Revision = 2, Preprocess = new Preprocess(80, 60) }.Pack(folder), "--root", root);
        Assert.True(second.Code == ExitCode.Done, second.Errors);
        Assert.Contains("pass  pixels labelled as by the serving model: 0.9", second.Output, StringComparison.Ordinal);
        Assert.Contains("\"colours 2\"", Edge.Run("selftest", "--bundle", root, "--json").Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, Edge.Run("rollback", "--root", root).Code);
        Assert.Contains("\"colours 1\"", Edge.Run("selftest", "--bundle", root, "--json").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bundle_that_fails_its_self_test_leaves_the_old_one_serving()
    {
        var root = folder["root"];
        Assert.Equal(ExitCode.Done, Edge.Run("install", new TestBundle().Pack(folder), "--root", root).Code);
        var bad = Edge.Run("install", new TestBundle { Revision = 2, Spoil = labels => Array.Fill(labels, (byte)0) }.Pack(folder), "--root", root);
        Assert.Equal(ExitCode.Fixable, bad.Code);
        Assert.Contains("did not pass its self-test", bad.Errors, StringComparison.Ordinal);
        Assert.Contains("\"colours 1\"", Edge.Run("selftest", "--bundle", root, "--json").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void True_labels_beside_pictures_are_compared_too()
    {
        var root = folder["root"];
        Assert.Equal(ExitCode.Done, Edge.Run("install", new TestBundle().Pack(folder), "--root", root).Code);
        var scene = Scenes.Of(64, 48, 7);
        folder.Write("field/a.png", Vision.ImageCodec.EncodePng(scene));
        folder.Write("field/a.png.labels.png", Vision.ImageCodec.EncodePng(new LabelMap(64, 48, new byte[64 * 48])));
        var second = Edge.Run("install", new TestBundle { Revision = 2 }.Pack(folder), "--root", root, "--validation", folder["field"]);
        Assert.True(second.Code == ExitCode.Done, second.Errors);
        Assert.Contains("pass  right pixels", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_was_given_once_is_asked_for_ever_after()
    {
        var root = folder["root"];
        using var pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = folder.Write("public.pem", System.Text.Encoding.ASCII.GetBytes(pair.ExportSubjectPublicKeyInfoPem()));
        var unsigned = Edge.Run("install", new TestBundle().Pack(folder), "--root", root, "--public-key", key);
        Assert.Equal(ExitCode.Fixable, unsigned.Code);
        Assert.Contains("is not signed", unsigned.Errors, StringComparison.Ordinal);
        Assert.False(Path.Exists(Path.Combine(root, BundleStore.CurrentLink)));
    }

    [Fact]
    public void A_folder_without_a_bundle_is_told_what_to_do()
    {
        Directory.CreateDirectory(folder["empty"]);
        var edge = Edge.Run("selftest", "--bundle", folder["empty"]);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Contains("niwaki-edge install", edge.Errors, StringComparison.Ordinal);
    }
}
