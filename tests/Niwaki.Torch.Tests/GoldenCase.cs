using System.Text.Json;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Niwaki.Torch.Tests;

/// <summary>Reference numbers; loss cases are exact to 1e-5 of a tensor's largest value.</summary>
internal sealed class GoldenCase
{
    private const string Outputs = "output.";
    private readonly IReadOnlyDictionary<string, Weight> io;
    private readonly HashSet<string> left;

    public GoldenCase(string name)
    {
        Assert.SkipWhen(Folder is null, "There are no golden files: set NIWAKI_GOLDEN to their folder.");
        io = SafeTensors.Read(Path.Combine(Folder!, name, "io.safetensors"));
        left = [.. io.Keys.Where(key => key.StartsWith(Outputs, StringComparison.Ordinal)).Select(key => key[Outputs.Length..])];
        var weights = Path.Combine(Folder!, name, "weights.safetensors");
        Weights = File.Exists(weights) ? SafeTensors.Read(weights) : new Dictionary<string, Weight>();
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder!, name, "config.json")));
        Parameters = config.RootElement.GetProperty("parameters").Clone();
        Kind = config.RootElement.GetProperty("kind").GetString()!;
        LibTorch.Load();
    }

    /// <summary>Where the cases are; null where there are none.</summary>
    public static string? Folder { get; } = (Environment.GetEnvironmentVariable("NIWAKI_GOLDEN") ?? Find()) is { } folder && Directory.Exists(folder) ? folder : null;

    public string Kind { get; }

    public IReadOnlyDictionary<string, Weight> Weights { get; }

    public JsonElement Parameters { get; }

    /// <summary>Outputs that nothing was compared with yet.</summary>
    public IEnumerable<string> Unchecked => left.Order(StringComparer.Ordinal);

    public double Number(string parameter) => Parameters.GetProperty(parameter).GetDouble();

    public torch.Tensor Input(string name, bool gradient = false) => Make(io[$"input.{name}"], gradient);

    public torch.Tensor Output(string name) => Make(io[$"{Outputs}{name}"], false);

    public bool Has(string output) => io.ContainsKey($"{Outputs}{output}");

    /// <summary>The recorded losses whose names, up to <c>.loss</c>, match as a whole.</summary>
    public IReadOnlyList<(string Name, Match Match)> Losses(string pattern) =>
        [.. left.Order(StringComparer.Ordinal).Select(name => (Name: name, Match: Regex.Match(name, $@"^{pattern}\.loss$"))).Where(each => each.Match.Success).Select(each => (each.Name[..^".loss".Length], each.Match))];

    /// <summary>Outputs that are not to be compared.</summary>
    public void Leave(string pattern) => left.RemoveWhere(name => Regex.IsMatch(name, $"^{pattern}$"));

    /// <summary>A loss and its gradient for the student.</summary>
    public void CheckLoss(string name, torch.Tensor loss, torch.Tensor student)
    {
        Check($"{name}.loss", loss);
        loss.backward();
        Check($"{name}.grad_student", student.grad!);
    }

    public void Check(string output, torch.Tensor actual, double tolerance = 1e-5)
    {
        using var free = torch.NewDisposeScope();
        left.Remove(output);
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
