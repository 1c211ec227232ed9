using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Niwaki.Cli.Tests;

/// <summary>Predictions beside what was measured: lint, show, measure, reports and bundles.</summary>
public sealed partial class PredictedTests(BundleRun run) : IClassFixture<BundleRun>, IDisposable
{
    private static readonly string Nano = Repository.PathOf("devices/jetson-nano-4gb.json");
    private static readonly string Pi = Repository.PathOf("devices/raspberry-pi-4.json");

    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public void Lint_predicts_where_nothing_stands_in_the_way_and_only_there()
    {
        var (int8, exact) = (run.Artifact("int8").Folder, run.Artifact("exported").Folder);
        var (code, output, errors) = cli.Run("lint", int8, "--device", Pi);
        Assert.True(code == 0, output + errors);
        Told(output);
        Assert.Equal(3, cli.Run("lint", int8, "--device", Nano).Code);
        Assert.DoesNotContain("predicted", cli.Run("lint", int8, "--device", Nano).Output);
        using var lint = JsonDocument.Parse(cli.Run("lint", Path.Combine(exact, "model.onnx"), "--device", Pi, "--json").Output);
        using var predict = JsonDocument.Parse(cli.Run("predict", exact, "--device", Pi, "--json").Output);
        Assert.Equal(predict.RootElement.GetProperty("predicted")[0].GetProperty("predicted").GetDouble(), lint.RootElement.GetProperty("predicted").GetProperty("predicted").GetDouble());
    }

    [Fact]
    public void A_runtime_without_8_bits_is_not_predicted_for_a_quantized_graph()
    {
        Assert.Equal(["tensorrt8", "onnxruntime"], Runtimes(cli.Run("predict", run.Artifact("exported").Folder, "--device", Nano, "--json").Output));
        Assert.Equal(["onnxruntime"], Runtimes(cli.Run("predict", run.Artifact("int8").Folder, "--device", Nano, "--json").Output));
        var (code, _, errors) = cli.Run("predict", run.Artifact("int8").Folder, "--device", Nano, "--runtime", "tensorrt8");
        Assert.Equal(1, code);
        Assert.Contains("tensorrt8 of jetson-nano-4gb computes in float32, float16, but the graph has products in 8 bits", errors);
    }

    [Fact]
    public void Show_and_measure_tell_predictions_in_a_table_of_their_own()
    {
        var int8 = run.Artifact("int8").Folder;
        Told(cli.Run("show", int8, "--device", Pi, Nano).Output);
        Assert.DoesNotContain("predicted", cli.Run("show", int8).Output);
        Assert.Contains("is a torch-model, but a latency is predicted from an exported graph", cli.Run("show", run.Artifact("network").Folder, "--device", Pi).Errors);

        string[] measure = ["measure", "--data", BundleRun.Data, "--images", "2", "--runs", "3", "--memory", "false", "--energy", "false", "--device", Pi];
        var (code, output, errors) = cli.Run([.. measure, "--in", int8, "--out", cli.Of("m")]);
        Assert.True(code == 0, output + errors);
        Told(output);
        Assert.DoesNotContain("predicted", output[..output.IndexOf("latency, predicted", StringComparison.Ordinal)]);
        // told before anything is measured
        (code, _, errors) = cli.Run([.. measure, "--in", run.Artifact("network").Folder, "--out", cli.Of("n")]);
        Assert.Equal(1, code);
        Assert.Contains("'niwaki export' makes one", errors);
        Assert.False(Directory.Exists(cli.Of("n")));
        Assert.Contains("there is no such device profile", cli.Run([.. measure[..^1], cli.Of("none.json"), "--in", int8, "--out", cli.Of("n")]).Errors);
        // what is made is predicted
        using var json = JsonDocument.Parse(cli.Run("export", "--in", run.Artifact("network").Folder, "--out", cli.Of("e"), "--device", Pi, "--json").Output);
        Assert.Equal("raspberry-pi-4", json.RootElement.GetProperty("predicted")[0].GetProperty("device").GetString());
    }

    [Fact]
    public void A_report_has_them_in_a_section_of_their_own_with_the_measured_models()
    {
        var copy = cli.Of("copy");
        CopyTo(run.Folder, copy);
        Assert.DoesNotContain("predicted", Page(copy), StringComparison.OrdinalIgnoreCase);
        var (code, output, errors) = cli.Run("report", copy, "--device", Nano, Pi, "--json");
        Assert.True(code == 0, output + errors);
        using var summary = JsonDocument.Parse(output);
        var model = Assert.Single(summary.RootElement.GetProperty("models").EnumerateArray(), each => each.TryGetProperty("predicted", out _));
        Assert.Equal("int8", model.GetProperty("name").GetString());
        Assert.Equal(["jetson-nano-4gb", "raspberry-pi-4"], model.GetProperty("predicted").EnumerateArray().Select(each => each.GetProperty("device").GetString()));
        var page = File.ReadAllText(Path.Combine(copy, "report.html"));
        var start = page.IndexOf("<section class=\"predicted\">", StringComparison.Ordinal);
        var text = page[start..(page.IndexOf("</section>", start, StringComparison.Ordinal) + "</section>".Length)];
        var section = XElement.Parse(text.Replace("<br>", "<br/>", StringComparison.Ordinal));
        Assert.Equal("Other devices: predicted, not measured", section.Element("h2")!.Value);
        Assert.All(section.Descendants("table").First().Descendants("th").Where(header => header.Attribute("scope")!.Value == "col").Skip(1), header => Assert.EndsWith("predicted", header.Value));
        Assert.Equal(2, section.Descendants("td").Count(cell => cell.Value.StartsWith('≈')));
        Assert.Contains("all within", section.Value);
        Assert.Contains("nothing was measured on this device", section.Value);
        // the models that the error is known from: of another machine first
        var known = section.Elements("details").ToArray();
        Assert.StartsWith("Models measured on AMD", known[0].Value);
        Assert.Equal([8, 12], known.Select(each => each.Descendants("tr").Count() - 1));
        Assert.DoesNotContain("predicted", Style().Replace(page, string.Empty).Replace(text, string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        Told(cli.Run("show", copy, "--device", Pi).Output);
    }

    [Fact]
    public void Devices_of_a_recipe_are_read_before_it_runs_and_a_run_without_their_files_says_so()
    {
        var recipe = cli.Write("r.json", $$"""{ "name": "r", "devices": ["{{Pi}}"], "data": {{BundleRun.Data}}, "steps": [{ "name": "measured", "from": "{{run.Artifact("exported").Folder}}", "stage": { "kind": "measure", "images": 2, "runs": 3, "memory": false, "energy": false } }] }""");
        var (code, output, errors) = cli.Run("run", recipe, "--out", cli.Of("r"));
        Assert.True(code == 0, output + errors);
        Told(output);
        Told(cli.Run("show", cli.Of("r")).Output);
        Assert.Contains("raspberry-pi-4<br>onnxruntime", Page(cli.Of("r")));

        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("raspberry-pi-4.json", "raspberry-pi-44.json", StringComparison.Ordinal));
        foreach (var check in (string[][])[["--check"], ["--out", cli.Of("other")]])
        {
            (code, _, errors) = cli.Run(["run", recipe, .. check]);
            Assert.Equal(1, code);
            Assert.Contains("r, devices: ", errors);
            Assert.Contains("there is no such device profile", errors);
        }

        Assert.False(Directory.Exists(cli.Of("other", "steps")));
        Assert.Equal(0, cli.Run("run", recipe, "--check", "--device", Pi).Code);
        // a run is looked at on another machine
        var index = cli.Of("r", RunIndex.FileName);
        File.WriteAllText(index, File.ReadAllText(index).Replace("raspberry-pi-4.json", "raspberry-pi-44.json", StringComparison.Ordinal));
        Assert.Contains("No latency is predicted: ", cli.Run("show", cli.Of("r")).Output);
        Assert.Contains("Other devices: not predicted", Page(cli.Of("r")));
    }

    [Fact]
    public void What_a_recipe_takes_and_measures_is_in_its_table_and_what_follows_is_told_against_it()
    {
        const string Measure = """{ "kind": "measure", "images": 2, "runs": 3, "memory": false, "energy": false }""";
        var recipe = cli.Write("t.json", $$"""{ "name": "t", "takes": "onnx-model", "devices": ["{{Pi}}"], "data": {{BundleRun.Data}}, "steps": [ { "name": "before", "stage": {{Measure}} }, { "name": "half", "from": "start", "stage": { "kind": "half" } }, { "name": "after", "stage": {{Measure}} } ] }""");
        var (code, output, errors) = cli.Run("run", recipe, "--in", run.Artifact("exported").Folder, "--out", cli.Of("t"));
        Assert.True(code == 0, output + errors);
        Assert.Contains("start (teacher)", output);
        using var summary = JsonDocument.Parse(cli.Run("show", cli.Of("t"), "--json").Output);
        Assert.Equal("start", summary.RootElement.GetProperty("teacher").GetString());
        var models = summary.RootElement.GetProperty("models").EnumerateArray().ToDictionary(model => model.GetProperty("name").GetString()!);
        Assert.True(models["half"].GetProperty("change").GetProperty("sizeRatio").GetDouble() is > 0.3 and < 0.9);
        Assert.Equal(run.Artifact("exported").Digest, models["start"].GetProperty("artifacts")[0].GetProperty("digest").GetString());
        Assert.All(models.Values, model => Assert.Equal("raspberry-pi-4", model.GetProperty("predicted")[0].GetProperty("device").GetString()));
        Assert.Contains("</span>start", Page(cli.Of("t")));
    }

    [Fact]
    public void A_bundle_says_what_was_predicted_for_its_device_and_within_what_error()
    {
        var (code, output, errors) = cli.Run("bundle", run.Folder, "--device", Nano, "--out", cli.Of("b.tar.gz"), "--program", "none");
        Assert.True(code == 0, output + errors);
        Assert.Contains("on jetson-nano-4gb (onnxruntime) predicted, not measured: ", output);
        var manifest = BundleArchive.ReadManifest(cli.Of("b.tar.gz"));
        var predicted = manifest.Predicted!;
        Assert.Equal(("jetson-nano-4gb", "onnxruntime", 4), (predicted.Device, predicted.Runtime, predicted.Threads));
        Assert.True(predicted.Shortest < predicted.Predicted && predicted.Predicted < predicted.Longest);
        var readme = System.Text.Encoding.UTF8.GetString(BundleArchive.ReadFile(cli.Of("b.tar.gz"), "README.md"));
        Assert.Contains("**predicted, not measured**", readme);
        Assert.Contains("all within ", readme);
        Assert.Contains("nothing was measured on this device", readme);

        // a profile of one's own without rates
        var bare = cli.Write("bare.json", Rates().Replace(File.ReadAllText(Pi), string.Empty));
        (code, output, errors) = cli.Run("bundle", run.Folder, "--device", bare, "--out", cli.Of("c.tar.gz"), "--program", "none");
        Assert.True(code == 0, output + errors);
        Assert.Contains("No latency is predicted: raspberry-pi-4, onnxruntime: the profile lacks its float32", output);
        Assert.Null(BundleArchive.ReadManifest(cli.Of("c.tar.gz")).Predicted);
        Assert.Throws<StageException>(() => (manifest with { Predicted = predicted with { WorstFactor = 0.5 } }).Validate("bundle.json"));
    }

    private static void Told(string output)
    {
        Assert.Contains("latency, predicted", output);
        Assert.Contains("predicted, not measured", output);
        Assert.Contains("half of the models within a factor of", output);
        Assert.Contains("nothing was measured on this device", output);
    }

    private static string[] Runtimes(string json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty("predicted").EnumerateArray().Select(each => each.GetProperty("runtime").GetString()!)];
    }

    private string Page(string folder)
    {
        Assert.Equal(0, cli.Run("report", folder).Code);
        return Style().Replace(File.ReadAllText(Path.Combine(folder, "report.html")), string.Empty);
    }

    private static void CopyTo(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Copy(file, path);
        }
    }

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("\"(float32|bandwidth|int8)\": \\{[^}]*\\},?")]
    private static partial Regex Rates();
}
