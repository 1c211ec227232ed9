using System.Text.Json.Nodes;

namespace Niwaki.Parity.Tests;

/// <summary>Every checkpoint of the golden networks is recognised without help, and becomes the reference's network: widths, epsilons, windows, weights.</summary>
public sealed class ImportParityTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("niwaki-").FullName;
    private readonly Vocabulary vocabulary = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Golden.Networks), MemberType = typeof(Golden))]
    public void A_checkpoint_is_recognised_as_the_network_that_it_is(string name)
    {
        var golden = GoldenCase.Load(name);
        Assert.SkipWhen(golden.Architecture.Classes == 0 || !golden.State.Keys.Any(IsHead), $"{name}: is no checkpoint of a whole network.");
        var image = golden.Images.First().Image;
        var weights = golden.Import(image).Weights;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Golden.Needed, name), "weights.*"))
        {
            var model = Import(new Import(file) { Height = image.Shape[2], Width = image.Shape[3], Heads = Heads(golden.Architecture) });
            var tells = golden.State.Keys.Any(key => key.EndsWith(".relative_coords_table", StringComparison.Ordinal));
            Assert.Equal(Meaning(Told(golden.Architecture, tells)), Meaning(Told(model.Architecture(vocabulary), tells)));
            foreach (var (tensor, weight) in model.Weights(vocabulary))
                Assert.Equal(weights[tensor].Values, weight.Values);
        }
    }

    private static bool IsHead(string name) => name.Contains("head", StringComparison.Ordinal) || name.Contains("classifier", StringComparison.Ordinal) || name.StartsWith("fc.", StringComparison.Ordinal);

    // where nothing is learned for each head, their number is nowhere in the tensors
    private static ValueList<int> Heads(Architecture architecture) => architecture.Backbone switch
    {
        VitBackbone vit => [vit.Blocks[0].Heads],
        MobileVitBackbone mobile => [mobile.Stages.First(stage => stage.Transformer is not null).Transformer!.Blocks[0].Heads],
        MitBackbone mit => [.. mit.Stages.Select(stage => stage.Blocks[0].Heads)],
        _ => [],
    };

    // timm stores nothing of a Swin v2 that depends on its windows
    private static Architecture Told(Architecture architecture, bool windows) => architecture.Backbone is SwinV2Backbone swin && !windows
        ? architecture with { Backbone = swin with { Stages = [.. swin.Stages.Select(stage => stage with { PretrainedWindow = 0, Blocks = [.. stage.Blocks.Select(block => block with { Window = 1 })] })] } }
        : architecture;

    private TorchModel Import(Import stage)
    {
        var context = new StageContext(folder, vocabulary, _ => throw new InvalidOperationException()) { Log = new Silence() };
        return (TorchModel)StageExecution.Produce(stage, Nothing.Value, context, key => (Path.Combine(folder, $"{key}.partial"), Path.Combine(folder, key))).Artifact;
    }

    /// <summary>All that decides what it computes: stochastic depth is for training.</summary>
    private string Meaning(Architecture architecture)
    {
        var json = (JsonObject)JsonNode.Parse(vocabulary.Write(architecture.WithoutAuxiliary()))!;
        json["backbone"]!.AsObject().Remove("dropPath");
        return json.ToJsonString();
    }

    private sealed class Silence : IStageLog
    {
        public void Say(string message)
        {
        }

        public void Progress(string work, double done, double total, string? detail = null)
        {
        }
    }
}
