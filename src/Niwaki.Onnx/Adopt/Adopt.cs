using System.Text.Json.Serialization;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Takes an ONNX file of any origin as a model: what its pictures must look like and what its classes are is read from the file where
/// it says so, and otherwise from these options; the graph's function stays as it is.
/// </summary>
/// <param name="Source">The ONNX file; tensors that it keeps in files beside it are brought in.</param>
public sealed record Adopt(string Source) : Stage<Nothing, OnnxModel>
{
    /// <summary>Input width in pixels. Default: the graph's; needed where the graph leaves it open, which then fixes it.</summary>
    public int? Width { get; init; }

    /// <summary>Input height in pixels. Default: the graph's; needed where the graph leaves it open, which then fixes it.</summary>
    public int? Height { get; init; }

    /// <summary>How a picture of another shape gets to the input size. Default: what the file says, or stretch.</summary>
    public ResizeMode? Resize { get; init; }

    /// <summary>How pixels are resampled. Default: what the file says, or bilinear.</summary>
    public Interpolation? Interpolation { get; init; }

    /// <summary>The order of the three planes. Default: what the file says, or rgb.</summary>
    public ChannelOrder? ChannelOrder { get; init; }

    /// <summary>Subtracted per plane, on the 0..1 scale. Default: what the file says, or ImageNet's 0.485 0.456 0.406.</summary>
    public ValueList<float> Mean { get; init; } = [];

    /// <summary>Divides per plane, on the 0..1 scale (a model that takes 0..255 has 0.00392157 three times and mean 0). Default: what the file says, or ImageNet's 0.229 0.224 0.225.</summary>
    public ValueList<float> Std { get; init; } = [];

    /// <summary>Which of several outputs is the segmentation. Default: scores by class and place before labels before scores of whole pictures, and what no layer reads again before what is shown from the inside.</summary>
    public string? OutputName { get; init; }

    /// <summary>The classes: their number, their names, or the path of a classes.json. Default: what the file says, or numbered as many as the output has.</summary>
    public ValueList<string> Classes { get; init; } = [];

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool ReadsData => false;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (string.IsNullOrWhiteSpace(Source))
            throw new StageException("adopt: source is empty. Give an ONNX file.");
        if (Mean.Count is not (0 or 3) || Std.Count is not (0 or 3))
            throw new StageException($"adopt: mean is [{Mean}] and std is [{Std}]; give three numbers each, or leave them out.");
        new Preprocess(Width ?? 32, Height ?? 32) { Mean = Mean.Count == 3 ? Mean : [0, 0, 0], Std = Std.Count == 3 ? Std : [1, 1, 1] }.Validate("adopt");
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> OtherDigests(StageContext context)
    {
        if (!File.Exists(Source))
            throw new StageException($"{Source}: there is no such file.");
        yield return ArtifactStore.DigestOf(Source);
        foreach (var file in ExternalTensors.Files(OnnxFile.Parse(Source), Source))
            yield return ArtifactStore.DigestOf(file);
        if (Classes is [var classes] && classes.EndsWith(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(classes))
            yield return ArtifactStore.DigestOf(classes);
    }

    /// <inheritdoc/>
    protected override void Run(Nothing input, StageContext context)
    {
        var model = OnnxFile.Read(Source);
        var done = ForeignGraph.Tidy(model, Source);
        var said = model.Metadata(Export.PreprocessKey) is { } text ? context.Vocabulary.Read<Preprocess>(text, $"{Source}, metadata {Export.PreprocessKey}") : null;
        var picture = ForeignInput.Fix(model, this, said, Source);
        var preprocess = Merged(said ?? Usual(picture), picture.Width, picture.Height);
        preprocess.Validate(Source);
        var part = KnownPart.Of(model, Source);
        var output = part is null or { HasResults: true } ? ForeignOutput.Of(part?.Model ?? model, OutputName, preprocess, Source) : ForeignOutput.Declared(model, OutputName, Source);
        done = [.. done, .. picture.Done];
        if (part is null && output.Turned(model, preprocess, picture.WasLast) is { } turned)
        {
            done = [.. done, $"Its output {output} had the channels last; now it gives [{string.Join(", ", turned.Shape)}]."];
            output = turned;
        }

        var isRewritten = picture.Changed || done.Count > 0;
        if (model.Graph.Output.Count > 1 && (OutputName is not null || output.Name != ForeignOutput.ByKind(part?.Model ?? model, Source)))
        {
            model.SetMetadata(MainOutput.MetadataKey, output.Name);
            isRewritten = true;
        }

        var classes = ClassesOf(model, output, context);
        var path = context.PathOf(OnnxModel.GraphFile);
        if (!isRewritten && model.CalculateSize() == new FileInfo(Source).Length)
            AtomicFile.Write(path, stream => CopyTo(stream));
        else
            OnnxFile.Write(path, model);
        ModelFiles.WriteContract(context.OutputFolder, preprocess, classes, context.Vocabulary);
        foreach (var line in done.Concat(Tell(model, preprocess, said is not null, output, classes.Count)))
            context.Log.Say(line);
        if (part is not null)
            context.Log.Say($"ONNX Runtime does not have {part.Names}: {part.Unknown.Count} of the nodes and the {part.Tail.Count - part.Unknown.Count} behind them stay as they are, in float32; what is in front of them is run, optimized and quantized.");
    }

    // whole numbers as they are in the picture
    private static Preprocess Usual(ForeignInput input) => input.TakesBytes
        ? new Preprocess(input.Width, input.Height) { Mean = [0, 0, 0], Std = [1 / 255f, 1 / 255f, 1 / 255f] }
        : new Preprocess(input.Width, input.Height);

    private void CopyTo(FileStream stream)
    {
        using var source = File.OpenRead(Source);
        source.CopyTo(stream);
    }

    private Preprocess Merged(Preprocess said, int width, int height) => said with
    {
        Width = width,
        Height = height,
        Resize = Resize ?? said.Resize,
        Interpolation = Interpolation ?? said.Interpolation,
        ChannelOrder = ChannelOrder ?? said.ChannelOrder,
        Mean = Mean.Count == 3 ? Mean : said.Mean,
        Std = Std.Count == 3 ? Std : said.Std,
    };

    private IReadOnlyList<ClassInfo> ClassesOf(ModelProto model, ForeignOutput output, StageContext context)
    {
        var said = model.Metadata(Export.ClassesKey) is { } text ? ClassInfo.Checked(context.Vocabulary.Read<ClassInfo[]>(text, $"{Source}, metadata {Export.ClassesKey}"), Source) : null;
        if (Classes.Count == 0 && said is null && output.Classes is null)
            throw new StageException($"{Source}: its output {output.Name} is a label map, which does not tell how many classes there are. Give --classes: a number, names, or the path of a classes.json.");
        var classes = Classes.Count == 0 && said is not null ? said : ImportedClasses.Of(Classes, output.Classes, null, context.Vocabulary);
        return output.Classes is { } count && count != classes.Count
            ? throw new StageException($"{Source}: its output {output.Name} has {count} classes, but {(Classes.Count == 0 ? $"its metadata {Export.ClassesKey}" : "--classes")} gives {classes.Count}. Make the two agree.")
            : classes;
    }

    private IEnumerable<string> Tell(ModelProto model, Preprocess preprocess, bool isSaid, ForeignOutput output, int classes)
    {
        var by = new[] { model.ProducerName, model.ProducerVersion }.Where(each => each.Length > 0).ToArray();
        yield return $"{Source}: opset {model.Opset()}{(by.Length == 0 ? string.Empty : $", written by {string.Join(' ', by)}")}, {model.Graph.Node.Count} nodes; picture {preprocess.Width}x{preprocess.Height} in, {output} with {classes} classes out.";
        if (model.Graph.Output.Count > 1)
            yield return $"Of its {model.Graph.Output.Count} outputs ({string.Join(", ", model.Graph.Output.Select(each => each.Name).Take(6))}) {output.Name} is taken as the segmentation{(OutputName is null ? $"; if it is another one: --preprocess '{{\"outputName\": \"{model.Graph.Output.First(each => each.Name != output.Name).Name}\"}}'" : string.Empty)}.";
        var assumed = new[] { Resize is null ? "resize" : "", ChannelOrder is null ? "channelOrder" : "", Mean.Count == 0 ? "mean" : "", Std.Count == 0 ? "std" : "" }.Where(each => each.Length > 0).ToArray();
        if (!isSaid && assumed.Length > 0)
            yield return $"The file does not say what its pictures look like; {string.Join(", ", assumed)} are assumed: {preprocess.Resize.ToString().ToLowerInvariant()}, {preprocess.ChannelOrder.ToString().ToLowerInvariant()}, mean {preprocess.Mean}, std {preprocess.Std}. If it was trained otherwise, say so: --preprocess '{{\"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5], \"channelOrder\": \"bgr\"}}'.";
        if (ControlFlow(model.Graph) is { Count: > 0 } flow)
            yield return $"Control flow stays as it is: {string.Join(", ", flow.Take(4))}{(flow.Count > 4 ? $" and {flow.Count - 4} more" : "")}.";
        if (Unknown(model) is { Count: > 0 } unknown)
            yield return $"Operators outside of the ONNX standard stay as they are: {string.Join(", ", unknown.Take(6))}.";
    }

    private static List<string> ControlFlow(GraphProto graph) => [.. graph.Node.Where(node => node.OpType is "If" or "Loop" or "Scan").Select(node => $"{node.OpType} {node.Name}")];

    private static List<string> Unknown(ModelProto model) => [.. model.Graph.Node.Where(node => node.Domain is not ("" or "ai.onnx") && (StandardOperators.Has(node.Domain, node.OpType) || LocalFunctions.Defines(model, node))).Select(node => $"{node.Domain}.{node.OpType}").Distinct()];
}
