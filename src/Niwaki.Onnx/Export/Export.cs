using System.Globalization;
using System.Text.Json;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>Writes a network as an ONNX graph, and proves that ONNX Runtime computes the same from it.</summary>
public sealed record Export : Stage<TorchModel, OnnxModel>
{
    /// <summary>Metadata entry with the classes, as in classes.json.</summary>
    public const string ClassesKey = "niwaki.classes";

    /// <summary>Metadata entry with the preprocessing contract, as in preprocess.json.</summary>
    public const string PreprocessKey = "niwaki.preprocess";

    /// <summary>Metadata entry with the version that wrote the graph.</summary>
    public const string VersionKey = "niwaki.version";

    private const int OldestOpset = 13;
    private const int NewestOpset = 21;

    /// <summary>What the graph is for: portable (any runtime), onnxruntime (also its own operators, where they are faster), or tensorrt8 (TensorRT 8.2 on a Jetson Nano: opset 13 and basic operators).</summary>
    public ExportTarget Target { get; init; }

    /// <summary>ONNX operator set, 13 to 21; left out, 17, which current runtimes share, or what the target needs. 13 writes LayerNorm in basic operators.</summary>
    public int? Opset { get; init; }

    /// <summary>Whether the graph itself resizes its logits to the input size and takes the argmax: one uint8 label per pixel comes out, in place of logits.</summary>
    public bool LabelMap { get; init; }

    /// <summary>Pictures in a batch; left out, any number can be given. Some compilers for boards want it fixed to 1.</summary>
    public int? Batch { get; init; }

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Opset is < OldestOpset or > NewestOpset)
            throw new StageException($"export: opset {Opset} cannot be written; {OldestOpset} to {NewestOpset} can. Use 17, or 13 for an old device.");
        if (Opset > TargetRules.NewestOpset(Target))
            throw new StageException($"export: opset {Opset} was asked for, but a graph for {Target.ToString().ToLowerInvariant()} has at most {TargetRules.NewestOpset(Target)}. Leave the opset out, or choose the target portable.");
        if (Batch is < 1)
            throw new StageException($"export: a batch of {Batch} was asked for; give 1 or more, or leave it out for any number of pictures.");
    }

    /// <inheritdoc/>
    protected override void Require(TorchModel input, StageContext context)
    {
        if (LabelMap && input.Architecture(context.Vocabulary).Head is LinearHead)
            throw new StageException("export: a label map was asked for, but this network classifies whole pictures. Leave out the label map.");
        if (LabelMap && input.Classes(context.Vocabulary).Count > byte.MaxValue)
            throw new StageException($"export: a label map holds at most {byte.MaxValue} classes, but the network has {input.Classes(context.Vocabulary).Count}. Leave out the label map.");
    }

    /// <inheritdoc/>
    protected override void Run(TorchModel input, StageContext context)
    {
        var preprocess = input.Preprocess(context.Vocabulary);
        var classes = input.Classes(context.Vocabulary);
        var (architecture, weights) = (input.Architecture(context.Vocabulary), input.Weights(context.Vocabulary));
        ModelFiles.WriteContract(context.OutputFolder, preprocess, classes, context.Vocabulary);
        var writer = new NetworkGraph { Target = Target, Opset = Opset ?? TargetRules.UsualOpset(Target), Batch = Batch, LabelMap = LabelMap };
        var model = Write(writer, out var masked);
        if (masked && new ExportProof().Compare(input, context) is { Holds: false })
        {
            context.Log.Say(FormattableString.Invariant($"Scores of this network differ by so much that they show behind its mask of {WindowLayout.Masked}: the graph keeps that mask, which some CPUs compute more slowly."));
            model = Write(writer with { Mask = WindowLayout.Masked }, out _);
        }

        context.Log.Say($"Wrote {OnnxModel.GraphFile}: opset {model.Opset()}, {model.Graph.Node.Count} nodes, {new Bytes(new FileInfo(context.PathOf(OnnxModel.GraphFile)).Length)}.");

        ModelProto Write(NetworkGraph writer, out bool masked)
        {
            var model = writer.Write(architecture, weights, preprocess.Height, preprocess.Width, out masked);
            model.SetMetadata(VersionKey, model.ProducerVersion);
            model.SetMetadata(ClassesKey, OneLine(context.Vocabulary.Write(classes)));
            model.SetMetadata(PreprocessKey, OneLine(context.Vocabulary.Write(preprocess)));
            model.SetMetadata(GraphCost.ParametersKey, CostOps.Of(architecture, preprocess.Height, preprocess.Width).Parameters.ToString(CultureInfo.InvariantCulture));
            OnnxFile.Write(context.PathOf(OnnxModel.GraphFile), model);
            return model;
        }
    }

    /// <inheritdoc/>
    protected override void Ensure(TorchModel input, StageContext context) => new ExportProof().Check(input, context);

    private static string OneLine(string json)
    {
        using var document = JsonDocument.Parse(json);
        return JsonSerializer.Serialize(document.RootElement);
    }
}
