using System.Text.Json.Nodes;

namespace Niwaki.Parity.Tests;

/// <summary>
/// Random networks of every family, saved under every library's names, come back as what they are: widths, depths, heads, windows, options
/// and every number, without a word about what they are.
/// </summary>
public sealed class ForeignImportTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("niwaki-").FullName;
    private readonly Vocabulary vocabulary = new();

    public static TheoryData<int, string> Libraries() => [.. ForeignLibraries.All.Select((library, i) => (i, $"{library.Naming} of {library.Family}+{library.Heads[0]}"))];

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Libraries))]
    public void A_random_network_comes_back_from_a_library_s_names(int index, string what)
    {
        var library = ForeignLibraries.All[index];
        foreach (var seed in Seeds.Of(what, Seeds.Samples))
        {
            var network = Draw(library, seed);
            var state = library.StateOf(network.Architecture, network.Weights);
            var file = Path.Combine(folder, $"{seed}.safetensors");
            SafeTensors.Write(file, state);
            var model = Imported(new Import(file) { Height = network.Height, Width = network.Width, Heads = Heads(network.Architecture) });
            Assert.True(Meaning(network.Architecture, library) == Meaning(model.Architecture(vocabulary), library), $"{what}, seed {seed}:\n{Meaning(network.Architecture, library)}\nwas taken for\n{Meaning(model.Architecture(vocabulary), library)}");
            var report = vocabulary.Read<ImportReport>(File.ReadAllText(Path.Combine(model.Folder, ImportReport.FileName)), "report");
            Assert.Equal((library.Naming, 0, 0, 0), (report.Naming, report.Unused.Count, report.Misfits.Count, report.Fresh.Count));
            foreach (var (tensor, weight) in model.Weights(vocabulary))
                Assert.Equal(network.Weights[tensor].Values, weight.Values);
        }
    }

    private RandomNetwork Draw(ForeignLibrary library, int seed)
    {
        var drawn = RandomNetwork.Draw(library.Family, library.Heads[0], seed);
        var backbone = library.Expressible(drawn.Architecture.Backbone);
        var head = drawn.Architecture.Head switch
        {
            UperNetHead uper => uper with { PoolScales = [1, 2, 3, 6] },
            SegformerHead segformer => segformer with { Form = library.Naming.StartsWith("mm-", StringComparison.Ordinal) ? SegformerForm.MmSegmentation : SegformerForm.Original },
            DeepLabV3Head deep => deep with { Rates = [6, 12, 18] },
            var other => other,
        };
        var naming = (Naming)Activator.CreateInstance(vocabulary.Catalog(typeof(Naming))[library.Naming])!;
        var architecture = naming.AsComputed(new Architecture(backbone, head, drawn.Architecture.Classes), null);
        // large enough that no window is clipped
        return RandomNetwork.Of(architecture, 8 * (12 + (seed % 3)), 8 * (12 + (seed % 2)), seed);
    }

    private TorchModel Imported(Import stage)
    {
        var context = new StageContext(folder, vocabulary, _ => throw new InvalidOperationException()) { Log = new Silence() };
        return (TorchModel)StageExecution.Produce(stage, Nothing.Value, context, key => (Path.Combine(folder, $"{key}.partial"), Path.Combine(folder, key))).Artifact;
    }

    // where nothing is learned for each head, their number is nowhere in the tensors
    private static ValueList<int> Heads(Architecture architecture) => architecture.Backbone switch
    {
        VitBackbone vit => [vit.Blocks[0].Heads],
        MitBackbone mit => [.. mit.Stages.Select(stage => stage.Blocks[0].Heads)],
        _ => [],
    };

    // stochastic depth is for training, the last convolution for classifiers; norms of features are in a classifier's checkpoint no more than windows in those of a Swin v2
    private string Meaning(Architecture architecture, ForeignLibrary library)
    {
        if (architecture.Backbone is SwinV2Backbone swin)
        {
            var tells = library.Stored(architecture).Any();
            architecture = architecture with
            {
                Backbone = swin with
                {
                    NormalizeFeatures = true,
                    Stages = [.. swin.Stages.Select(stage => stage with
            {
                PretrainedWindow = tells && stage.PretrainedWindow != stage.Blocks[0].Window ? stage.PretrainedWindow : 0,
                Blocks = [.. stage.Blocks.Select(block => block with { Window = tells ? block.Window : 1, WindowWidth = tells && block.WindowWidth != block.Window ? block.WindowWidth : 0 })],
            })]
                }
            };
        }
        else if (architecture.Backbone is SwinBackbone first)
            architecture = architecture with { Backbone = first with { NormalizeFeatures = true } };
        var json = (JsonObject)JsonNode.Parse(vocabulary.Write(architecture.WithoutAuxiliary()))!;
        json["backbone"]!.AsObject().Remove("dropPath");
        if (!architecture.Head.ReadsVectors)
            json["backbone"]!.AsObject().Remove("finalWidth");
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
