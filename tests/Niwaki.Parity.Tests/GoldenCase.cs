using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <summary>One golden case of a network: its architecture, its weights under our names, and what its outputs are called here.</summary>
internal sealed class GoldenCase
{
    private readonly Dictionary<string, (double Tolerance, string Layout)> outputs;
    private readonly IReadOnlyDictionary<string, Weight> tensors;

    private GoldenCase(string name, JsonElement config, Architecture architecture, OutputNames names)
    {
        Name = name;
        Architecture = architecture;
        Names = names;
        tensors = Golden.Tensors(name);
        State = SafeTensors.Read(Path.Combine(Golden.Needed, name, "weights.safetensors"));
        outputs = config.GetProperty("outputs").EnumerateObject().ToDictionary(
            output => output.Name["output.".Length..],
            output => (output.Value.GetProperty("suggested_max_abs_diff").GetDouble(), output.Value.GetProperty("layout").GetString()!),
            StringComparer.Ordinal);
    }

    public string Name { get; }

    public Architecture Architecture { get; }

    public OutputNames Names { get; }

    /// <summary>How much looser than the tolerances ONNX Runtime may be: cosine attention multiplies rounding by up to 100, as do sums over a whole map.</summary>
    public double OnnxFactor => Architecture.Backbone is SwinV2Backbone or MobileVitV2Backbone ? 3 : 1;

    /// <summary>The reference's own state dict.</summary>
    public IReadOnlyDictionary<string, Weight> State { get; }

    /// <summary>The pictures by the suffix that their outputs have.</summary>
    public IEnumerable<(string Suffix, Weight Image)> Images =>
        tensors.Where(entry => entry.Key.StartsWith("input.image", StringComparison.Ordinal)).Select(entry => (entry.Key["input.image".Length..], entry.Value));

    /// <summary>Reads a case; skips the test where its family has no forward here yet.</summary>
    public static GoldenCase Load(string name)
    {
        var folder = Path.Combine(Golden.Needed, name);
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        var config = json.RootElement.Clone();
        var family = config.GetProperty("family").GetString()!;
        var arch = config.GetProperty("arch");
        var architecture = GoldenArchitectures.Of(family, arch, Golden.Shapes(folder));
        Assert.SkipWhen(architecture is null, $"{name}: the family '{family}' is not built yet.");
        return new GoldenCase(name, config, architecture!, OutputNames.Of(family, architecture!));
    }

    /// <summary>The weights of the case for a picture's size.</summary>
    public Imported Import(Weight image) => Checkpoint.Import(State, Architecture, image.Shape[2], image.Shape[3], new Vocabulary());

    /// <summary>The recorded outputs of a picture: their name here, their values, tolerance and layout.</summary>
    public IEnumerable<(string Golden, string Ours, Weight Expected, double Tolerance, string Layout)> Expected(string suffix)
    {
        foreach (var (output, (tolerance, layout)) in outputs)
        {
            if (!output.EndsWith(suffix, StringComparison.Ordinal))
                continue;
            var ours = Names.Translate(output[..^suffix.Length]) ?? throw new InvalidOperationException($"{Name}: nobody knows what {output} is called here.");
            if (ours != OutputNames.Dropped)
                yield return (output, ours, tensors[$"output.{output}"], tolerance, layout);
        }
    }
}
