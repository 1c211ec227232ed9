using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Cli.Tests;

public sealed class DriftCommandTests(BundleRun run) : IClassFixture<BundleRun>, IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_fleet_s_statistics_are_put_together_and_an_alarm_ends_with_three()
    {
        var reference = Bundle();
        Device("fleet/pine/drift.json", "pine", reference, 100, change: null);
        Device("fleet/oak/state/drift.json", "oak", reference, 100, change: null);
        File.WriteAllText(cli.Of("fleet", "oak", "other.json"), "{}");
        var (code, output, _) = cli.Run("drift", cli.Of("fleet"), "--bundle", cli.Of("b.tar.gz"));
        Assert.Equal(0, code);
        Assert.Contains("oak", output);
        Assert.Contains("Together (2 devices, bundle-test", output);
        Assert.Contains("mmd", output);

        Device("fleet/elm/drift.json", "elm\u001b[31m", reference, 100, image => image with { Pixels = [.. image.Pixels.Select(pixel => (byte)(220 + pixel / 8))] });
        (code, output, _) = cli.Run("drift", cli.Of("fleet"));
        Assert.Equal(3, code);
        Assert.Contains("ALARM since", output);
        Assert.DoesNotContain('\u001b', output);

        (code, output, _) = cli.Run("drift", cli.Of("fleet"), "--json");
        Assert.Equal(3, code);
        var json = JsonDocument.Parse(output).RootElement;
        Assert.True(json.GetProperty("alarmed").GetBoolean());
        Assert.Equal(3, json.GetProperty("fleet").GetProperty("devices").GetArrayLength());
        Assert.Equal(300, json.GetProperty("fleet").GetProperty("groups")[0].GetProperty("frames").GetInt32());
    }

    [Fact]
    public void Kept_frames_go_through_both_models_of_the_bundle()
    {
        var reference = Bundle("--shadow");
        Device("pine.json", "pine", reference, 20, change: null);
        Directory.CreateDirectory(cli.Of("frames"));
        var set = new SyntheticDataSource { Width = 32, Height = 32, Validation = 30, Seed = 4 }.Open(Split.Validation);
        for (var i = 0; i < 30; i++)
            File.WriteAllBytes(cli.Of("frames", $"{i}.png"), ImageCodec.EncodePng(set.Load(i).Image with { Pixels = [.. Enumerable.Repeat((byte)(200 + i), 32 * 32 * 3)] }));
        var (code, output, errors) = cli.Run("drift", cli.Of("pine.json"), "--bundle", cli.Of("b.tar.gz"), "--frames", cli.Of("frames"));
        Assert.True(code == 0, errors);
        Assert.Contains("Kept frames (30): the pictures have changed; the float model sees it too.", output);
    }

    [Fact]
    public void Statistics_that_cannot_be_read_are_told_and_do_not_hide_the_others()
    {
        var reference = Bundle();
        Device("fleet/a.json", "pine", reference, 20, change: null);
        File.WriteAllText(cli.Of("fleet", "b.json"), "{\"schema\":1}");
        File.WriteAllText(cli.Of("fleet", "c.json"), File.ReadAllText(cli.Of("fleet", "a.json"))[..500]);
        var (code, output, _) = cli.Run("drift", cli.Of("fleet"));
        Assert.Equal(1, code);
        Assert.Contains("pine", output);
        Assert.Contains("b.json", output);
        Assert.Contains("c.json: is not JSON", output);

        Refused("there is no such file or folder", cli.Of("none"));
        Directory.CreateDirectory(cli.Of("empty"));
        Refused("holds no kept statistics", cli.Of("empty"));
        Refused("b.json", cli.Of("fleet", "b.json"));
        Refused("there is no such bundle", cli.Of("fleet", "a.json"), "--bundle", cli.Of("none.tar.gz"));
        Refused("is not signed", cli.Of("fleet", "a.json"), "--bundle", cli.Of("b.tar.gz"), "--public-key", Key());
        Assert.Equal(2, cli.Run("drift").Code);
        Assert.Equal(2, cli.Run("drift", cli.Of("fleet", "a.json"), "--frames", cli.Folder).Code);

        void Refused(string message, params string[] args)
        {
            var refused = cli.Run(["drift", .. args]);
            Assert.Equal(1, refused.Code);
            Assert.Contains(message, refused.Errors);
        }
    }

    private string Key()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return cli.Write("public.pem", key.ExportSubjectPublicKeyInfoPem());
    }

    private DriftReference Bundle(params string[] more)
    {
        Assert.Equal(0, cli.Run(["bundle", run.Folder, "--device", Repository.PathOf("devices/x86-64.json"), "--out", cli.Of("b.tar.gz"), "--program", "none", .. more]).Code);
        return DriftReference.Parse(BundleArchive.ReadFile(cli.Of("b.tar.gz"), DriftReference.FileName), "reference.json");
    }

    // a device that saw fresh scenes, or changed ones
    private void Device(string file, string name, DriftReference reference, int frames, Func<RgbImage, RgbImage>? change)
    {
        var model = (OnnxModel)run.Artifact("int8");
        var preprocess = model.Preprocess(CommandLine.Words);
        using var segmenter = Engine.For(model, CommandLine.Words).Open(model, CommandLine.Words, threads: 1);
        var set = new SyntheticDataSource { Width = 32, Height = 32, Validation = frames, Seed = 100 + name[0] }.Open(Split.Validation);
        var monitor = new DriftMonitor(reference, name, "bundle-test 1", TimeProvider.System);
        for (var i = 0; i < frames; i++)
        {
            var image = set.Load(i).Image;
            monitor.Add(segmenter.Run(preprocess.Apply(change is null ? image : change(image))).Statistics());
        }

        monitor.Save(cli.Of(file));
    }
}
