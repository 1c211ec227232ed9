using System.Globalization;
using System.Text.Json.Serialization;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Rewrites a float ONNX graph of any origin so that it runs faster, or on an older runtime, and computes the same: constants and shapes
/// folded, LayerNorm, GELU and attention recognised, data moved in the fewest copies. Each pass is proved on random inputs and taken back
/// where it differs; where two ways are possible the one that is measured faster on this machine is kept, and the graph as it was
/// where none is faster.
/// </summary>
public sealed record Optimize : Stage<OnnxModel, OnnxModel>
{
    /// <summary>File name of what each pass did.</summary>
    public const string ReportFile = "optimization.json";

    /// <summary>The entry of an ONNX file's metadata that says what it was optimized for.</summary>
    public const string MetadataKey = "niwaki.optimized";

    /// <summary>What the graph is for: onnxruntime (also its own operators), portable (operators of the standard alone), or tensorrt8 (TensorRT 8.2 on a Jetson Nano: opset 13 and basic operators).</summary>
    public ExportTarget Target { get; init; } = ExportTarget.Onnxruntime;

    /// <summary>ONNX operator set to write, 11 to 21; left out, the graph's own, or 17 where an older one hides a LayerNorm, or what the target needs.</summary>
    public int? Opset { get; init; }

    /// <summary>Pictures in a batch, which an open number is then fixed to; left out, it stays as it is.</summary>
    public int? Batch { get; init; }

    /// <summary>Names of passes to leave out, as the report has them.</summary>
    public ValueList<string> Skip { get; init; } = [];

    /// <summary>Threads that it is measured with.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How often each way is run when they are measured, in turns; 0 measures nothing and takes the usual way.</summary>
    public int Rounds { get; init; } = 15;

    /// <summary>Largest difference on random inputs, as a share of the output's range, with which a pass is kept.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => false;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Opset is < OpsetConversion.Oldest or > OpsetConversion.Newest)
            throw new StageException($"optimize: opset {Opset} cannot be written; {OpsetConversion.Oldest} to {OpsetConversion.Newest} can.");
        if (Opset > TargetRules.NewestOpset(Target))
            throw new StageException($"optimize: opset {Opset} was asked for, but a graph for {Target.ToString().ToLowerInvariant()} has at most {TargetRules.NewestOpset(Target)}. Leave the opset out, or choose another target.");
        if (Batch is < 1)
            throw new StageException($"optimize: a batch of {Batch} was asked for; give 1 or more, or leave it out.");
        if (Threads < 1 || Rounds < 0)
            throw new StageException($"optimize: threads is {Threads} and rounds {Rounds}; give 1 or more threads, and 0 or more rounds.");
        if (Tolerance is not (>= 0 and < 1))
            throw new StageException($"optimize: tolerance is {Tolerance}; give a share from 0 to below 1 (1e-4 is usual).");
        var known = Optimization.Passes(Target).Concat(Optimization.Choices).Select(pass => pass.Name).ToArray();
        if (Skip.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
            throw new StageException($"optimize: skip names '{unknown}', which is no pass. Known are {string.Join(", ", known.Distinct().Order(StringComparer.Ordinal))}.");
    }

    /// <inheritdoc/>
    protected override void Require(OnnxModel input, StageContext context)
    {
        var path = input.PathOf(OnnxModel.GraphFile);
        if (OnnxFile.Read(path).Graph.Node.FirstOrDefault(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "QLinearConv" or "DynamicQuantizeLinear" or "MatMulInteger" or "ConvInteger") is { } quantized)
            throw new StageException($"{path}: is quantized already ({quantized.OpType} {(quantized.Name.Length > 0 ? quantized.Name : $"of {quantized.Output[0]}")}); its float passes were done before. Give the float model.");
    }

    /// <inheritdoc/>
    protected override void Run(OnnxModel input, StageContext context)
    {
        var where = input.PathOf(OnnxModel.GraphFile);
        var whole = OnnxFile.Read(where);
        var part = KnownPart.Of(whole, where);
        var result = Optimization.Of(part?.Model ?? whole, this, context, where);
        var graph = part?.Joined(result.Model) ?? result.Model;
        graph.SetMetadata(MetadataKey, Target.ToString().ToLowerInvariant());
        OnnxFile.Write(context.PathOf(OnnxModel.GraphFile), graph);
        ModelFiles.WriteContract(context.OutputFolder, input.Preprocess(context.Vocabulary), input.Classes(context.Vocabulary), context.Vocabulary);
        AtomicFile.WriteText(context.PathOf(ReportFile), context.Vocabulary.Write(result.Report));
        foreach (var line in result.Lines())
            context.Log.Say(line);
    }

    /// <inheritdoc/>
    protected override void Ensure(OnnxModel input, StageContext context)
    {
        var where = input.PathOf(OnnxModel.GraphFile);
        var before = Runnable(OnnxFile.Read(where), where);
        Optimization.Fix(before, Batch, where);
        if (GraphProof.Of(before, context.Seed + 1, where, out var reason) is not { } proof)
        {
            context.Log.Say($"Not proved: {reason}.");
            return;
        }

        var after = Runnable(OnnxFile.Read(context.PathOf(OnnxModel.GraphFile)), where);
        if (proof.Within(Tolerance).Refute(after) is { } problem)
            throw new StageException($"optimize: the graph is not the same: {problem}. Leave out passes with --skip to find the one, or raise the tolerance.");
        var difference = proof.Difference(after);
        context.Log.Say(string.Create(CultureInfo.InvariantCulture, $"Proved on random inputs: largest difference {difference:g2} of the range."));
    }
    private static ModelProto Runnable(ModelProto model, string where) => KnownPart.Of(model, where)?.Model ?? model;
}
