namespace Niwaki.Tests;

public sealed class DeviceProfileTests
{
    private static readonly Vocabulary Vocabulary = new();

    private const string Small = """
        {
          "name": "board", "architecture": "linux-arm64", "cores": 4, "memory": "1 GB", "memoryForModel": "500 MB",
          "runtimes": [{ "name": "rt", "family": "onnxruntime", "opset": 13, "precisions": ["float32"] }]
        }
        """;

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder(), "*.json").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_profile_parses_and_says_where_its_figures_come_from(string file)
    {
        var device = DeviceProfile.Read(Path.Combine(Folder(), file), Vocabulary);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), device.Name);
        Assert.NotEmpty(device.Description);
        Assert.NotEmpty(device.Source);
        foreach (var runtime in device.Runtimes)
        {
            Assert.NotEmpty(runtime.Source);
            Assert.True(runtime.Has(string.Empty, "Conv") && runtime.Has("ai.onnx", "MatMul"));
            Assert.NotNull(runtime.Bandwidth);
            foreach (var precision in Enum.GetValues<Precision>())
            {
                Assert.Equal(runtime.Precisions.Contains(precision), runtime.RateOf(precision) is not null);
                Assert.NotEqual(string.Empty, runtime.RateOf(precision)?.Source);
            }
        }
    }

    [Fact]
    public void The_boards_of_the_documents_are_there() =>
        Assert.Superset(new HashSet<string>(["jetson-nano-2gb.json", "jetson-nano-4gb.json", "orin-nano.json", "raspberry-pi-4.json", "raspberry-pi-5.json", "x86-64.json"]), Files.Select(row => row.Data).ToHashSet());

    [Fact]
    public void A_Jetson_Nano_s_GPU_has_neither_int8_nor_LayerNormalization()
    {
        var nano = DeviceProfile.Read(Path.Combine(Folder(), "jetson-nano-4gb.json"), Vocabulary);
        Assert.Equal(13, nano.Runtime().Opset);
        Assert.DoesNotContain(Precision.Int8, nano.Runtime().Precisions);
        Assert.False(nano.Runtime().Has(string.Empty, "LayerNormalization"));
        Assert.False(nano.Runtime().Has("com.microsoft", "Gelu"));
        Assert.True(nano.Runtime("onnxruntime").Has(string.Empty, "LayerNormalization"));
        Assert.True(nano.Runtime("onnxruntime").Has("com.microsoft", "Gelu"));
    }

    [Fact]
    public void A_profile_survives_being_written() => Assert.Equal(Parse(Small), Parse(Vocabulary.Write(Parse(Small))));

    [Theory]
    [InlineData("\"cores\": 4", "\"cores\": 0", "cores is 0")]
    [InlineData("\"cores\": 4", "\"corse\": 4", "'corse' is no option of device-profile")]
    [InlineData("500 MB", "2 GB", "the second cannot be larger")]
    [InlineData("linux-arm64", "risc-v", "one of linux-arm64, linux-x64")]
    [InlineData("[\"float32\"]", "[]", "has no precisions")]
    [InlineData("[\"float32\"]", "[\"float32\"], \"int8\": { \"perSecond\": 0, \"source\": \"\" }", "int8 is 0")]
    [InlineData("\"opset\": 13", "\"opset\": 3", "no range")]
    [InlineData("]", "", "is not JSON")]
    public void A_mistake_in_a_profile_is_told(string right, string wrong, string message) =>
        Assert.Contains(message, Assert.Throws<StageException>(() => Parse(Small.Replace(right, wrong, StringComparison.Ordinal))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_runtime_that_the_device_lacks_is_told_with_those_it_has()
    {
        var problem = Assert.Throws<StageException>(() => Parse(Small).Runtime("tensorrt8"));
        Assert.Contains("It has rt", problem.Message, StringComparison.Ordinal);
        Assert.Contains("there is no such device profile", Assert.Throws<StageException>(() => DeviceProfile.Read("nowhere.json", Vocabulary)).Message, StringComparison.Ordinal);
    }

    private static DeviceProfile Parse(string json) => DeviceProfile.Parse(json, "board.json", Vocabulary);

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Niwaki.slnx")))
                return Path.Combine(folder.FullName, "devices");
        }

        throw new InvalidOperationException($"No Niwaki.slnx lies above {AppContext.BaseDirectory}.");
    }
}
