using System.Diagnostics;
using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Cli.Tests;

public sealed class BundleCommandTests(BundleRun run) : IClassFixture<BundleRun>, IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void A_run_becomes_a_bundle_with_everything_that_the_device_needs()
    {
        var (code, output, errors) = cli.Run("bundle", run.Folder, "--device", Device("jetson-nano-4gb"), "--out", cli.Of("b.tar.gz"), "--program", "none", "--json");
        Assert.Equal(0, code);
        Assert.Contains("The model is that of step 'int8'", errors);
        Assert.Contains("The gate 'gate' did NOT pass", errors);
        Assert.Contains("goes without the program, as asked", errors);
        var bundle = Unpack("b.tar.gz");
        var manifest = bundle.Manifest;
        Assert.Equal(("bundle-test", BundleTrust.Unsigned, "linux-arm64", 4), (manifest.Name, bundle.Trust, manifest.Device.Platform, manifest.Device.Threads));
        Assert.Equal([BundleModelUse.Serve, BundleModelUse.Tensorrt], manifest.Models.Select(model => model.Use));
        Assert.Equal(13, manifest.Models[1].Opset);
        Assert.Contains("trtexec --onnx=model.onnx --saveEngine=model.engine --fp16 --workspace=1024", File.ReadAllText(bundle.PathOf(manifest.Models[1].Build!)));
        Assert.Contains("trtexec --onnx=model.onnx", File.ReadAllText(bundle.PathOf("README.md")));
        Assert.DoesNotContain("{{", File.ReadAllText(bundle.PathOf("README.md")));
        Assert.Contains("is not signed", File.ReadAllText(bundle.PathOf("README.md")));
        // the gate's limits
        Assert.Equal((TimeSpan.FromSeconds(9), new Bytes(900_000_000)), (manifest.PassMarks.MaxLatency, manifest.PassMarks.MaxMemory));
        Assert.Equal(manifest.Origin.Artifact, run.Artifact("int8").Digest);
        Assert.Equal(["train", "export", "quantize"], manifest.Origin.Lineage.Select(step => step.Stage));
        Assert.Equal("jetson-nano-4gb", DeviceProfile.Read(bundle.PathOf("device.json"), CommandLine.Words).Name);
        Assert.Equal(manifest.Files.Count, JsonDocument.Parse(output).RootElement.GetProperty("files").GetArrayLength());

        var reference = DriftReference.Read(bundle.PathOf(manifest.Reference!));
        Assert.Equal((40, 10), (reference.Frames, reference.Window));
        Assert.Equal(40, reference.Float!.Frames);
        Assert.Contains(reference.QuantizationShift, value => value.Statistic == DriftStatistic.Mmd);
    }

    [Fact]
    public void Golden_labels_are_what_the_bundled_model_gives()
    {
        Assert.Equal(0, cli.Run("bundle", run.Folder, "--device", Device("x86-64"), "--out", cli.Of("b.tar.gz"), "--golden", "3", "--program", "none").Code);
        var bundle = Unpack("b.tar.gz");
        var model = (OnnxModel)run.Artifact("int8");
        Assert.Equal(File.ReadAllBytes(model.PathOf("model.onnx")), File.ReadAllBytes(bundle.PathOf(bundle.Manifest.Serving.File)));
        using var segmenter = Engine.For(model, CommandLine.Words).Open(model, CommandLine.Words, threads: 1);
        Assert.Equal(3, bundle.Manifest.Golden.Count);
        foreach (var golden in bundle.Manifest.Golden)
        {
            var image = ImageCodec.Decode(bundle.PathOf(golden.Picture));
            var prediction = segmenter.Run(bundle.Manifest.Preprocess.Apply(image));
            Assert.Equal(bundle.Manifest.Preprocess.Restore(prediction, image.Width, image.Height).Labels, ImageCodec.DecodeMask(bundle.PathOf(golden.Labels)).Labels);
            Assert.Equal(prediction.Statistics().Confidence, golden.Confidence);
            Assert.Equal((32, 32), ImageCodec.MaskSizeOf(bundle.PathOf(golden.Truth!)));
        }
    }

    [Fact]
    public void The_same_inputs_give_the_same_bytes()
    {
        var key = Key();
        foreach (var file in new[] { "1.tar.gz", "2.tar.gz" })
            Assert.Equal(0, cli.Run("bundle", run.Folder, "--device", Device("jetson-nano-4gb"), "--out", cli.Of(file), "--key", key, "--shadow", "--program", "none").Code);
        Assert.Equal(File.ReadAllBytes(cli.Of("1.tar.gz")), File.ReadAllBytes(cli.Of("2.tar.gz")));
        using var signing = BundleKey.Read(key);
        // what the README tells a person to do before the program is run for the first time
        File.WriteAllText(cli.Of("public.pem"), signing.PublicPem);
        BundleArchive.Unpack(cli.Of("1.tar.gz"), cli.Of("first"), cancel: TestContext.Current.CancellationToken);
        var check = string.Join('\n', File.ReadAllLines(cli.Of("first", "README.md")).SkipWhile(line => !line.StartsWith("openssl", StringComparison.Ordinal)).Take(2)).Replace("public.pem", cli.Of("public.pem"), StringComparison.Ordinal);
        Assert.Equal(0, Shell("sh", "-c", $"cd '{cli.Of("first")}' && {check} true").Code);
        File.AppendAllText(cli.Of("first", "SHA256SUMS"), "\n");
        Assert.NotEqual(0, Shell("sh", "-c", $"cd '{cli.Of("first")}' && {check} true").Code);
        var manifest = BundleArchive.ReadManifest(cli.Of("1.tar.gz"), signing);
        Assert.Contains(manifest.Models, model => model.Use == BundleModelUse.Shadow);
    }

    [Fact]
    public void A_published_program_goes_along_with_a_unit_and_a_container_file()
    {
        Assert.SkipUnless(File.Exists("/bin/true") && OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "needs a program for x86-64");
        Directory.CreateDirectory(cli.Of("edge"));
        File.Copy("/bin/true", cli.Of("edge", "niwaki-edge"));
        File.Copy("/bin/true", cli.Of("edge", "libonnxruntime.so"));
        File.WriteAllText(cli.Of("edge", "niwaki-edge.pdb"), "symbols");
        Assert.Equal(0, cli.Run("bundle", run.Folder, "--device", Device("x86-64"), "--out", cli.Of("b.tar.gz"), "--name", "pond", "--revision", "7", "--program", cli.Of("edge"), "--pass", """{"maxMemory":"100 MB"}""").Code);
        var bundle = Unpack("b.tar.gz");
        Assert.Equal(("pond", 7, "bin/niwaki-edge"), (bundle.Manifest.Name, bundle.Manifest.Revision, bundle.Manifest.Program));
        Assert.Equal(new PassMarks(MaxMemory: new Bytes(100_000_000)), bundle.Manifest.PassMarks);
        Assert.False(File.Exists(bundle.PathOf("bin/niwaki-edge.pdb")));
        var unit = File.ReadAllText(bundle.PathOf("niwaki.service"));
        Assert.Contains("ExecStart=/opt/niwaki/pond/current/bin/niwaki-edge serve", unit);
        Assert.Contains("MemoryMax=268435456", unit);
        Assert.DoesNotContain("{{", unit + File.ReadAllText(bundle.PathOf("Containerfile")));
        Assert.Contains("--hostname \"$(hostname)\"", File.ReadAllText(bundle.PathOf("Containerfile")), StringComparison.Ordinal);
        using var program = Process.Start(bundle.PathOf("bin/niwaki-edge"))!;
        program.WaitForExit();
        Assert.Equal(0, program.ExitCode);

        // a program for another processor, one that needs .NET, and something else
        Refused("is for linux-x64, but the device needs linux-arm64", run.Folder, "--device", Device("jetson-nano-4gb"), "--program", cli.Of("edge"));
        File.WriteAllText(cli.Of("edge", "niwaki-edge.dll"), "x");
        Refused("holds a program that needs .NET", run.Folder, "--device", Device("x86-64"), "--program", cli.Of("edge"));
        File.Delete(cli.Of("edge", "niwaki-edge.dll"));
        File.WriteAllText(cli.Of("edge", "niwaki-edge"), "#!/bin/sh");
        Refused("is for no program at all", run.Folder, "--device", Device("x86-64"), "--program", cli.Of("edge"));
        Refused("holds no niwaki-edge", run.Folder, "--device", Device("x86-64"), "--program", cli.Folder);
    }

    [Fact]
    public void The_unit_is_one_that_systemd_takes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "systemd-analyze is not installed");
        Directory.CreateDirectory(cli.Of("edge"));
        File.Copy("/bin/true", cli.Of("edge", "niwaki-edge"));
        Assert.Equal(0, cli.Run("bundle", run.Folder, "--device", Device("x86-64"), "--out", cli.Of("b.tar.gz"), "--program", cli.Of("edge")).Code);
        var unit = cli.Of("niwaki-bundle-test.service");
        // systemd looks whether the program is there
        File.WriteAllText(unit, File.ReadAllText(Unpack("b.tar.gz").PathOf("niwaki.service")).Replace("/opt/niwaki/bundle-test/current/bin/niwaki-edge", "/bin/true", StringComparison.Ordinal));
        var (code, said) = Shell("systemd-analyze", "verify", "--man=no", unit);
        Assert.True(code == 0 && !said.Contains("niwaki-bundle-test.service:", StringComparison.Ordinal), said);
    }

    [Fact]
    public void A_model_alone_needs_data_and_says_what_it_cannot_know()
    {
        var model = run.Artifact("int8").Folder;
        Refused("needs a dataset", model, "--device", Device("x86-64"));
        var few = """{"kind":"synthetic","width":32,"height":32,"train":2,"validation":6}""";
        var (code, output, _) = cli.Run("bundle", model, "--device", Device("jetson-nano-4gb"), "--data", few, "--out", cli.Of("b.tar.gz"), "--program", "none");
        Assert.Equal(0, code);
        Assert.Contains("the network that the model was exported from is not known", output);
        Assert.Contains("6 validation pictures are too few for reference statistics", output);
        Assert.Contains("NOT signed", output);
        var manifest = BundleArchive.ReadManifest(cli.Of("b.tar.gz"));
        Assert.Null(manifest.Reference);
        // what the device has for a model is the limit where nobody set one
        Assert.Equal(DeviceProfile.Read(Device("jetson-nano-4gb"), CommandLine.Words).MemoryForModel, manifest.PassMarks.MaxMemory);

        Assert.Equal(0, cli.Run("bundle", model, "--device", Device("jetson-nano-4gb"), "--data", few, "--float", run.Artifact("exported").Folder, "--network", run.Artifact("network").Folder, "--shadow", "--out", cli.Of("b.tar.gz"), "--program", "none").Code);
        Assert.Equal(3, BundleArchive.ReadManifest(cli.Of("b.tar.gz")).Models.Count);
    }

    [Fact]
    public void What_cannot_be_bundled_is_told_and_nothing_is_written()
    {
        using var key = BundleKey.Read(Key());
        File.WriteAllText(cli.Of("public.pem"), key.PublicPem);
        var x86 = Device("x86-64");
        Refused("there is no such device profile", run.Folder, "--device", cli.Of("none.json"));
        Refused("there is no such folder", cli.Of("none"), "--device", x86);
        Refused("is not an artifact", cli.Folder, "--device", x86);
        Refused("is a torch-model", run.Artifact("network").Folder, "--device", x86);
        Refused("no step 'in8' made an ONNX model; did you mean 'int8'? There are exported, int8.", run.Folder, "--device", x86, "--step", "in8");
        Refused("there is no such key", run.Folder, "--device", x86, "--key", cli.Of("none.pem"));
        Refused("is a public key, which cannot sign", run.Folder, "--device", x86, "--key", cli.Of("public.pem"));
        Refused("--shadow: it is not known which float model", run.Artifact("exported").Folder, "--device", x86, "--shadow", "--data", BundleRun.Data);
        Refused("the pass mark minAgreement is 2", run.Folder, "--device", x86, "--pass", """{"minAgreement":2}""");
        Refused("the bundle's name is 'Up'", run.Folder, "--device", x86, "--name", "Up");
        var small = cli.Write("small.json", System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(x86), "\"memoryForModel\": \"[^\"]*\"", "\"memoryForModel\": \"10 kB\""));
        Refused("x86-64 cannot run this model", run.Folder, "--device", small);
        Refused("false-alarms 2", run.Folder, "--device", x86, "--false-alarms", "2");
        foreach (var wrong in (string[][])[["--golden", "0"], ["--pass", "{"], ["--pass", """{"maxLatncy":1}"""], ["--out", cli.Folder]])
            Assert.Equal(2, cli.Run(["bundle", run.Folder, "--device", x86, "--program", "none", .. wrong, .. wrong[0] == "--out" ? Array.Empty<string>() : ["--out", cli.Of("x.tar.gz")]]).Code);
        Assert.False(File.Exists(cli.Of("x.tar.gz")));
    }

    [Fact]
    public void A_run_of_an_earlier_version_is_bundled_and_its_recipe_is_told_what_an_option_has_become()
    {
        var file = Path.Combine(run.Folder, RunIndex.FileName);
        var today = File.ReadAllText(file);
        try
        {
            var old = today.Replace("\"agreement\": 0", "\"agreement\": 0, \"biasCorrection\": true", StringComparison.Ordinal);
            Assert.NotEqual(today, old);
            File.WriteAllText(file, old);
            Assert.IsType<Onnx.BiasRefinement>(Assert.Single(Assert.IsType<Onnx.Quantize>(RunIndex.Read(run.Folder, CommandLine.Words).Recipe.Steps.Single(step => step.Name == "int8").Stage).Refinements));
            var (code, output, errors) = cli.Run("bundle", run.Folder, "--device", Device("x86-64"), "--out", cli.Of("b.tar.gz"), "--program", "none");
            Assert.True(code == 0, output + errors);
            Assert.Equal(0, cli.Run("show", run.Folder).Code);
            Assert.Equal(0, cli.Run("report", run.Folder).Code);
        }
        finally
        {
            File.WriteAllText(file, today);
        }

        var recipe = cli.Write("old.json", """{ "name": "old", "takes": "onnx-model", "data": "synthetic", "steps": [{ "name": "int8", "stage": { "kind": "quantize", "biasCorrection": false } }] }""");
        var (refused, _, told) = cli.Run("run", recipe, "--check");
        Assert.Equal(1, refused);
        Assert.Contains("'biasCorrection' is no option of quantize any more. It is the refinement 'bias' now", told);
    }

    private void Refused(string message, params string[] args)
    {
        var (code, output, errors) = cli.Run(["bundle", .. args, "--out", cli.Of("x.tar.gz"), .. args.Contains("--program") ? Array.Empty<string>() : ["--program", "none"]]);
        Assert.True(code == 1, $"ends with {code}: {output}{errors}");
        Assert.Contains(message, errors);
        Assert.False(File.Exists(cli.Of("x.tar.gz")));
    }

    private Bundle Unpack(string file)
    {
        BundleArchive.Unpack(cli.Of(file), cli.Of("unpacked"), cancel: TestContext.Current.CancellationToken);
        return Bundle.Open(cli.Of("unpacked"));
    }

    private string Key()
    {
        var (code, said) = Shell("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", cli.Of("key.pem"));
        Assert.True(code == 0, said);
        return cli.Of("key.pem");
    }

    private static string Device(string name) => Repository.PathOf($"devices/{name}.json");

    private static (int Code, string Said) Shell(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said + errors.GetAwaiter().GetResult());
    }
}
