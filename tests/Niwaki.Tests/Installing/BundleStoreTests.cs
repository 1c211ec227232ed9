namespace Niwaki.Tests;

public sealed class BundleStoreTests : IDisposable
{
    private static readonly InstallRules Rules = new() { Platform = BundleDevice.LinuxX64 };

    private readonly TemporaryFolder folder = new();
    private readonly BundleStore store;

    public BundleStoreTests() => store = new BundleStore(folder.Of("root"));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_bundle_is_installed_beside_the_old_one_and_rollback_returns()
    {
        Assert.Null(store.Serving);
        var first = Install(1);
        Assert.Null(first.Before);
        Assert.True(first.SelfTest!.Passed);
        Assert.Equal("128 0.9", Serving());
        var second = Install(2, "132 0.8");
        Assert.Equal((first.Bundle, store.Serving), (second.Before, second.Bundle));
        Assert.Equal(63.0 / 64, second.Comparison!.Agreement, 10);
        Assert.Equal((0.8, 0.9), (second.Comparison.Confidence, second.Comparison.ServingConfidence));
        Assert.Equal("132 0.8", Serving());
        Assert.Contains("is not signed", Assert.Single(second.Remarks));

        Assert.Equal((first.Bundle, second.Bundle), store.Rollback());
        Assert.Equal("128 0.9", Serving());
        Assert.Contains("the oldest bundle", Refused(() => store.Rollback()));
        Assert.Equal("128 0.9", Serving());

        // forward again; what was gone back from is replaced
        Install(2, "132 0.8");
        Assert.Equal("132 0.8", Serving());
        Assert.Equal(2, store.Installed.Count);
    }

    [Fact]
    public void The_folder_of_installed_bundles_stands_for_the_one_that_serves()
    {
        Assert.Contains("neither a bundle nor a folder", Refused(() => BundleStore.Resolve(folder.Path)));
        var report = Install(1);
        Assert.Equal(report.Bundle.Folder, BundleStore.Resolve(folder.Of("root")));
        Assert.Equal(report.Bundle.Folder, BundleStore.Resolve(report.Bundle.Folder));
        Assert.Equal("bundles/" + report.Bundle.Label, new FileInfo(folder.Of("root", "current")).LinkTarget);
    }

    [Fact]
    public void So_many_old_bundles_are_kept_as_are_asked_for()
    {
        for (var revision = 1; revision <= 5; revision++)
            Install(revision, $"{128 + revision} 0.9");
        Assert.Equal([3, 4, 5], store.Installed.Select(bundle => bundle.Number));
        store.Rollback();
        store.Rollback();
        Assert.Equal("131 0.9", Serving());
        Refused(() => store.Rollback());
        Install(9, "140 0.9", Rules with { Keep = 1 });
        Assert.Equal(["131 0.9", "140 0.9"], store.Installed.Select(bundle => Bundle.Open(bundle.Folder).Text("model/model.onnx")));
    }

    [Fact]
    public void The_same_bundle_again_does_nothing()
    {
        var first = Install(1);
        var again = Install(1);
        Assert.True(again.Unchanged);
        Assert.Equal((first.Bundle, 1), (again.Bundle, store.Installed.Count));
    }

    [Fact]
    public void A_downgrade_another_deployment_and_another_machine_are_refused_unless_they_are_meant()
    {
        Install(5);
        Assert.Contains("is older than revision 5", Refused(() => Install(4, "130 0.9")));
        Assert.Contains("is another deployment than garden 5", Refused(() => Install(6, "130 0.9", name: "pond")));
        Assert.Contains("is for linux-x64 (test-board), but this machine is linux-arm64", Refused(() => Install(6, "130 0.9", Rules with { Platform = BundleDevice.LinuxArm64 })));
        Assert.Equal("128 0.9", Serving());
        Install(4, "130 0.9", Rules with { AllowDowngrade = true });
        Assert.Equal("130 0.9", Serving());
    }

    [Fact]
    public void A_model_that_fails_its_self_test_or_does_not_load_never_serves()
    {
        Install(1);
        var archive = TinyBundle.Pack(folder.Of("bad.tar.gz"), 2, "90 0.9", expected: "128 0.9");
        Assert.Contains("did not pass its self-test on this machine: agreement is 0.859375, but >= 0.999 is needed. What served before still serves.", Refused(() => store.Install(archive, Rules, Open)));
        Assert.Contains("the model does not load", Refused(() => Install(3, "broken")));
        Assert.Equal("128 0.9", Serving());
        Assert.Single(store.Installed);
    }

    [Fact]
    public void A_model_that_disagrees_or_is_much_less_sure_than_the_serving_one_is_refused()
    {
        Install(1);
        Assert.Contains("is worse than garden 1, which serves: pixels labelled as by the serving model is 0.5156, but >= 0.600 is needed", Refused(() => Install(2, "4 0.9", Rules with { MinAgreement = 0.6 })));
        Assert.Contains("mean confidence is 0.7000 (serving 0.9000), but >= 0.750 is needed", Refused(() => Install(2, "128 0.7")));
        Install(2, "4 0.9");
        Assert.Equal("4 0.9", Serving());
    }

    [Fact]
    public void True_labels_beside_further_pictures_decide_which_model_is_better()
    {
        Directory.CreateDirectory(folder.Of("field"));
        var picture = ByteModel.Picture.Reverse().ToArray();
        File.WriteAllBytes(folder.Of("field", "1.png"), picture);
        File.WriteAllBytes(folder.Of("field", "1.png.labels.png"), ByteModel.LabelsOf(picture, 100));
        var rules = Rules with { Validation = folder.Of("field") };
        Install(1);
        var better = Install(2, "100 0.9", rules);
        Assert.Equal((1, 57.0 / 64), (better.Comparison!.Accuracy, better.Comparison.ServingAccuracy));
        Assert.Equal(3, better.Comparison.Pictures);
        Assert.Contains("right pixels is 0.8906 (serving 1.0000), but >= 0.970 is needed", Refused(() => Install(3, "128 0.9", rules)));
        Assert.Contains("there is no such folder", Refused(() => Install(3, "128 0.9", Rules with { Validation = folder.Of("none") })));
    }

    [Fact]
    public void A_key_that_was_given_once_is_asked_for_ever_after()
    {
        var (key, open) = TinyBundle.Keys();
        var (foreign, foreignOpen) = TinyBundle.Keys();
        using (key)
        using (open)
        using (foreign)
        using (foreignOpen)
        {
            store.Install(TinyBundle.Pack(folder.Of("1.tar.gz"), 1, key: key), Rules with { Key = open }, Open);
            Assert.Equal(open.PublicPem, File.ReadAllText(folder.Of("root", "trusted.pem")));
            Assert.Contains("is not signed", Refused(() => Install(2, "130 0.9")));
            Assert.Contains("signed with another key", Refused(() => store.Install(TinyBundle.Pack(folder.Of("2.tar.gz"), 2, "130 0.9", foreign), Rules, Open)));
            Assert.Contains("signed with another key", Refused(() => store.Install(TinyBundle.Pack(folder.Of("2.tar.gz"), 2, "130 0.9", key), Rules with { Key = foreignOpen }, Open)));
            Assert.Equal("128 0.9", Serving());
            Assert.Empty(store.Install(folder.Of("2.tar.gz"), Rules, Open).Remarks);
            Assert.Equal("130 0.9", Serving());
            File.AppendAllText(Path.Combine(store.Installed[0].Folder, "README.md"), "x");
            Assert.Contains("README.md is not what bundle.json lists", Refused(() => store.Rollback()));
            Assert.Equal("130 0.9", Serving());
        }
    }

    [Theory]
    [InlineData("model/model.onnx")]
    [InlineData("golden/00.png")]
    [InlineData("golden/00.labels.png")]
    [InlineData("bin/niwaki-edge")]
    [InlineData("README.md")]
    [InlineData("SHA256SUMS")]
    public void A_byte_changed_in_any_file_leaves_the_old_bundle_serving(string name)
    {
        Install(1);
        TinyBundle.Pack(folder.Of("2.tar.gz"), 2);
        var tar = HostileTar.Unzipped(folder.Of("2.tar.gz"));
        tar[HostileTar.ContentOf(tar, name) + 1] ^= 1;
        HostileTar.Zip(folder.Of("2.tar.gz"), tar);
        Assert.Contains($"{name} does not have the SHA-256", Refused(() => store.Install(folder.Of("2.tar.gz"), Rules, Open)));
        Assert.Equal("128 0.9", Serving());
        Assert.Equal(["000001"], Directory.GetFileSystemEntries(folder.Of("root", "bundles")).Select(path => Path.GetFileName(path)[..6]));
    }

    [Fact]
    public void Two_installations_at_once_are_one_after_the_other()
    {
        Install(1);
        var message = string.Empty;
        Install(2, "130 0.9", Rules with
        {
            Reached = step =>
            {
                if (step == InstallStep.SelfTested)
                    message = Refused(() => Install(3, "131 0.9"));
            },
        });
        Assert.Contains("another run works in this folder", message);
        Assert.Equal("130 0.9", Serving());
    }

    [Theory]
    [InlineData(InstallStep.Locked)]
    [InlineData(InstallStep.Cleaned)]
    [InlineData(InstallStep.Unpacked)]
    [InlineData(InstallStep.Verified)]
    [InlineData(InstallStep.Accepted)]
    [InlineData(InstallStep.SelfTested)]
    [InlineData(InstallStep.Compared)]
    public void Stopped_at_any_step_the_old_bundle_serves_and_nothing_is_left(InstallStep at)
    {
        Install(1);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Install(2, "130 0.9", Rules with
        {
            Cancel = stop.Token,
            Reached = step =>
            {
                if (step == at)
                    stop.Cancel();
            },
        }));
        Assert.Equal("128 0.9", Serving());
        Assert.Single(Directory.GetFileSystemEntries(folder.Of("root", "bundles")));
    }

    [Fact]
    public void A_link_that_leads_nowhere_is_told_and_not_guessed()
    {
        Install(1);
        File.Delete(folder.Of("root", "current"));
        File.CreateSymbolicLink(folder.Of("root", "current"), "../elsewhere");
        Assert.Contains("leads to '../elsewhere', which is no installed bundle. There are 000001-garden-1-", Refused(() => store.Serving));
        Assert.Contains("leads to", Refused(() => Install(2)));
        File.Delete(folder.Of("root", "current"));
        File.WriteAllText(folder.Of("root", "current"), "x");
        Assert.Contains("is no link", Refused(() => Install(2)));
        File.Delete(folder.Of("root", "current"));
        Install(2);
        Assert.Equal("128 0.9", Serving());
    }

    [Fact]
    public void A_serving_bundle_that_is_damaged_can_be_replaced()
    {
        Install(1);
        File.WriteAllText(Path.Combine(store.Serving!.Folder, "model/model.onnx"), "garbage");
        Install(2, "130 0.9");
        Assert.Equal("130 0.9", Serving());
    }

    private InstallReport Install(long revision, string model = "128 0.9", InstallRules? rules = null, string name = "garden") =>
        store.Install(TinyBundle.Pack(folder.Of($"{name}-{revision}-{model.Replace(' ', '-')}.tar.gz"), revision, model, name: name), rules ?? Rules, Open);

    private string Serving() => Bundle.Open(store.Serving!.Folder).Text("model/model.onnx");

    private static IBundleTrial Open(Bundle bundle) => new ByteModel(bundle);

    private static string Refused(Func<object?> work) => Assert.Throws<StageException>(work).Message;
}
