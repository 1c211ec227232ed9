using System.Text.Json;
using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>Reference numbers; loss cases are exact to 1e-5 of a tensor's largest value.</summary>
internal sealed class GoldenCase
{
    private readonly IReadOnlyDictionary<string, Weight> io;

    public GoldenCase(string name)
    {
        var folder = Environment.GetEnvironmentVariable("NIWAKI_GOLDEN") ?? Find();
        Assert.SkipUnless(Directory.Exists(folder), "There are no golden files: set NIWAKI_GOLDEN to their folder.");
        io = SafeTensors.Read(Path.Combine(folder!, name, "io.safetensors"));
        var weights = Path.Combine(folder!, name, "weights.safetensors");
        Weights = File.Exists(weights) ? SafeTensors.Read(weights) : new Dictionary<string, Weight>();
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder!, name, "config.json")));
        Parameters = config.RootElement.GetProperty("parameters").Clone();
        LibTorch.Load();
    }

    public IReadOnlyDictionary<string, Weight> Weights { get; }

    public JsonElement Parameters { get; }

    public double Number(string parameter) => Parameters.GetProperty(parameter).GetDouble();

    public torch.Tensor Input(string name, bool gradient = false) => Make(io[$"input.{name}"], gradient);

    public torch.Tensor Output(string name) => Make(io[$"output.{name}"], false);

    public bool Has(string output) => io.ContainsKey($"output.{output}");

    public void Check(string output, torch.Tensor actual, double tolerance = 1e-5)
    {
        using var free = torch.NewDisposeScope();
        var expected = Output(output);
        Assert.Equal(expected.shape, actual.shape);
        var error = (actual.detach() - expected).abs().max().ToDouble();
        var largest = expected.abs().max().ToDouble();
        Assert.True(error <= tolerance * largest, $"{output}: differs by {error} where the largest value is {largest}");
    }

    private static torch.Tensor Make(Weight weight, bool gradient) =>
        torch.tensor(weight.Values, weight.Shape.Dimensions.Select(size => (long)size).ToArray(), requires_grad: gradient);

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Niwaki.slnx")))
                return Path.GetFullPath(Path.Combine(folder.FullName, "..", "shared", "golden"));
        }

        return null;
    }
}
