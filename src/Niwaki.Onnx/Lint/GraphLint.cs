using Niwaki.Onnx.Proto;
using DataType = Niwaki.Onnx.Proto.TensorProto.Types.DataType;

namespace Niwaki.Onnx;

/// <summary>Compares a graph with what a device's runtime takes, before any hours are spent on it.</summary>
/// <param name="model">The graph.</param>
/// <param name="device">The device.</param>
/// <param name="runtime">Which of its runtimes.</param>
/// <param name="file">How the graph is called in remedies.</param>
internal sealed partial class GraphLint(ModelProto model, DeviceProfile device, DeviceRuntime runtime, string file)
{
    private const int Shown = 4;
    private const double Half = 65504;
    private const double Comfortable = 0.8;

    private readonly List<LintFinding> findings = [];
    private ModelProto? basic;
    private ModelProto? folded;

    private bool IsTensorRt => runtime.Family == RuntimeFamily.Tensorrt;

    /// <summary>Looks at everything.</summary>
    /// <exception cref="StageException">The graph is damaged beyond what can be looked at.</exception>
    public static LintReport Of(ModelProto model, DeviceProfile device, DeviceRuntime runtime, string file)
    {
        // what a file defines itself is looked at from the inside
        if (model.Functions.Count > 0)
        {
            model = model.Clone();
            LocalFunctions.Inline(model, file);
        }

        try
        {
            return new GraphLint(model, device, runtime, file).Run();
        }
        catch (StageException problem) when (!problem.Message.Contains(file, StringComparison.Ordinal))
        {
            throw new StageException($"{file}: {problem.Message}", problem);
        }
    }

    private LintReport Run()
    {
        Validity();
        Operators();
        Precisions();
        Inputs();
        Values();
        Structure();
        if (!IsTensorRt && findings.All(finding => finding.Severity != LintSeverity.Problem) && Refused() is { } reason)
            Add(LintSeverity.Problem, $"ONNX Runtime does not run it: {reason}", "export it again from where it was made");
        var weights = new Bytes(model.Graph.Initializer.Sum(BytesOf) + AllNodes(model.Graph).Sum(node => node.OpType == "Constant" && node.Tensor("value") is { } constant ? BytesOf(constant) : 0));
        // shapes that a traced graph computes are known once it has run
        var activations = ActivationMemory.Peak(model) ?? ActivationMemory.Peak(Folded);
        Memory(weights, activations);
        if (findings.Any(finding => finding.Severity == LintSeverity.Problem) && Mended() is { } mended)
            Add(LintSeverity.Note, $"what the runtime lacks can be written otherwise: after it {mended}", Rewrite);
        return new LintReport(file, device.Name, runtime.Name, model.Opset(), model.Graph.Node.Count, weights, activations, [.. findings.OrderBy(finding => finding.Severity)]);
    }

    private string Rewrite => $"niwaki optimize --in {file} {(IsTensorRt && runtime.Opset <= 13 ? "--target tensorrt8" : $"--target portable --opset {Math.Min(runtime.Opset, OpsetConversion.Newest)}")} --out FOLDER";

    private void Operators()
    {
        var opset = model.Opset();
        if (opset > runtime.Opset || opset < runtime.OldestOpset)
        {
            var obstacles = OpsetConversion.Problems(Basic, Math.Clamp(runtime.Opset, OpsetConversion.Oldest, OpsetConversion.Newest));
            Add(LintSeverity.Problem, $"opset {opset}; {runtime.Name} reads {runtime.OldestOpset} to {runtime.Opset}", obstacles.Count == 0 ? Rewrite : $"export it again with opset {runtime.Opset} (it cannot be rewritten: {obstacles[0]})");
        }

        foreach (var group in AllNodes(model.Graph).Where(node => !Has(node)).GroupBy(node => (Domain: node.Domain is "ai.onnx" ? string.Empty : node.Domain, node.OpType)))
        {
            var name = group.Key.Domain.Length > 0 ? $"{group.Key.Domain}.{group.Key.OpType}" : group.Key.OpType;
            var remedy = DecomposePass.Knows(group.First()) ? $"{Rewrite} (pass decompose)"
                : StandardOperators.Has(group.Key.Domain, group.Key.OpType) && AllNodes(Basic.Graph).All(node => node.OpType != group.Key.OpType) ? $"{Rewrite} (pass fold-shapes: it only computes sizes)"
                : IsInt8(group.First()) ? "give the float model"
                : !StandardOperators.Has(group.Key.Domain, group.Key.OpType) ? $"{runtime.Name} needs a library with this operator. niwaki quantize keeps it as it is and quantizes what is in front of it. Export the network without it"
                : "export the network without it";
            Add(LintSeverity.Problem, $"{name}, which {runtime.Name} {runtime.Version} does not have".Replace("  ", " ", StringComparison.Ordinal), remedy, group.Select(NameOf));
        }

        var flow = AllNodes(model.Graph).Where(node => node.OpType is "If" or "Loop" or "Scan").ToArray();
        if (flow.Length > 0)
            Add(IsTensorRt ? LintSeverity.Warning : LintSeverity.Note, "control flow, inside of which nothing is fused or quantized", "export the network with fixed sizes, which removes most of it", flow.Select(NameOf));
    }

    private void Precisions()
    {
        var int8 = AllNodes(model.Graph).Where(IsInt8).ToArray();
        if (int8.Length > 0 && !runtime.Precisions.Contains(Precision.Int8))
            Add(LintSeverity.Problem, $"8-bit products, which {runtime.Name} on {device.Name} does not compute ({string.Join(", ", runtime.Precisions).ToLowerInvariant()} only)", runtime.Precisions.Contains(Precision.Float16) ? "give the float model; niwaki half makes it 16 bits" : "give the float model", int8.Select(NameOf));
        else if (int8.Length > 0 && IsTensorRt && Asymmetric() is { Length: > 0 } asymmetric)
            Add(LintSeverity.Problem, "codes with a zero point, which TensorRT does not have (it must be 0, in int8)", "niwaki quantize --scheme '{\"kind\": \"static\", \"symmetric\": true}' of the float model", asymmetric);
        var half = model.Graph.Initializer.Where(tensor => tensor.Type() == DataType.Float16).ToArray();
        if (half.Length > 0 && !runtime.Precisions.Contains(Precision.Float16))
            Add(IsTensorRt ? LintSeverity.Problem : LintSeverity.Warning, $"16-bit floats, which {runtime.Name} on {device.Name} {(IsTensorRt ? "does not take" : "converts back to 32 bits to compute")}", "give the float32 model", half.Select(tensor => tensor.Name));
        Floats();
        if (half.Length == 0 && OfType(DataType.Bfloat16).Length == 0 && int8.Length == 0 && IsTensorRt && runtime.Precisions.Contains(Precision.Float16) && runtime.RateOf(Precision.Float16) is { } fast && runtime.RateOf(Precision.Float32) is { } slow)
            Add(LintSeverity.Note, FormattableString.Invariant($"32-bit floats; in 16 bits the device computes up to {fast.PerSecond / slow.PerSecond:0.#} times as many products"), $"niwaki half --in {file} (it checks the range), or trtexec --fp16");
        if (!IsTensorRt)
            return;
        var large = model.Graph.Initializer.Where(tensor => tensor.Type() == DataType.Int64 && tensor.DataLocation != TensorProto.Types.DataLocation.External && tensor.Longs().Any(value => value is < int.MinValue or > int.MaxValue)).ToArray();
        if (large.Length > 0)
            Add(LintSeverity.Warning, "whole numbers beyond 32 bits, which TensorRT clamps (as ends of slices that is right)", "none needed where they mean 'to the end'", large.Select(tensor => tensor.Name));
        if (Bytes(model.Graph.Input) is { Length: > 0 } taken)
            Add(LintSeverity.Problem, "an input of type uint8, which TensorRT 8 does not have", $"niwaki optimize --in {file} --out FOLDER makes it float32", taken);
        if (Bytes(model.Graph.Output) is { Length: > 0 } given)
            Add(LintSeverity.Problem, "an output of type uint8, which TensorRT 8 does not have", "export it without a label map (scores as output)", given);

        static string[] Bytes(IEnumerable<ValueInfoProto> values) => [.. values.Where(value => value.Type?.TensorType?.ElemType == (int)DataType.Uint8).Select(value => value.Name)];
    }

    private void Inputs()
    {
        foreach (var input in GraphShapes.Inputs(model.Graph))
        {
            if (input.Type?.TensorType?.Shape is not { } shape)
            {
                Add(LintSeverity.Warning, $"its input {input.Name} has no shape", "export it with a fixed shape");
                continue;
            }

            var free = shape.Dim.Select((dimension, axis) => (dimension, axis)).Where(each => each.dimension.DimValue < 1).ToArray();
            if (free.Length == 0)
                continue;
            var names = $"[{string.Join(", ", shape.Dim.Select(dimension => dimension.DimValue > 0 ? $"{dimension.DimValue}" : dimension.DimParam is { Length: > 0 } name ? name : "?"))}]";
            var batchAlone = free is [{ axis: 0 }];
            Add(batchAlone && !IsTensorRt ? LintSeverity.Note : LintSeverity.Warning, $"its input {input.Name} {names} leaves {(batchAlone ? "the number of pictures" : "sizes")} open{(IsTensorRt ? ", for which TensorRT needs --minShapes, --optShapes and --maxShapes" : string.Empty)}",
                batchAlone ? $"niwaki optimize --in {file} --batch 1" : $"niwaki adopt {file} --width W --height H --out FOLDER fixes them");
        }
    }

    private void Values()
    {
        var broken = new List<string>();
        var beyond = new List<string>();
        var index = new GraphIndex(model.Graph);
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Type() is DataType.Float or DataType.Float16 && tensor.DataLocation != TensorProto.Types.DataLocation.External))
        {
            var values = tensor.Floats();
            Garbage.Left(4L * values.Length);
            // an infinite number is a mask's, unless something multiplies with it
            if (values.Any(float.IsNaN) || (values.Any(float.IsInfinity) && index.Consumers(tensor.Name).Any(reader => reader.OpType is "Conv" or "ConvTranspose" or "Gemm" or "MatMul" or "LayerNormalization" or "BatchNormalization")))
                broken.Add(tensor.Name);
            else if (values.Any(value => Math.Abs(value) > Half && float.IsFinite(value)))
                beyond.Add(tensor.Name);
        }

        foreach (var node in AllNodes(model.Graph).Where(node => node.OpType == "Constant" && node.Tensor("value") is { } constant && constant.Type() is DataType.Float or DataType.Float16 && constant.Floats().Any(float.IsNaN)))
            broken.Add(NameOf(node));
        if (broken.Count > 0)
            Add(LintSeverity.Problem, "weights that are NaN or infinite", "train or export the network again: they give no results anywhere", broken);
        if (beyond.Count > 0 && runtime.Precisions.Contains(Precision.Float16))
            Add(LintSeverity.Note, "weights beyond the range of 16-bit floats", "niwaki half keeps such nodes in float32", beyond);
        if (!IsTensorRt && DeepenMaskPass.Masks(model).Count is > 0 and var masks)
            Add(LintSeverity.Warning, "a mask of -100 before a softmax, whose exponential is a denormal number: slow on processors", $"niwaki optimize --in {file} --out FOLDER (pass deepen-mask)", [], masks);
    }

    private void Structure()
    {
        var used = model.Clone();
        new DeadNodesPass().Apply(used);
        var left = used.Graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        var dead = model.Graph.Node.Where(node => !node.Output.Any(left.Contains)).ToArray();
        if (dead.Length > 0)
            Add(LintSeverity.Note, "nodes that no output needs", $"niwaki optimize --in {file} --out FOLDER drops them", dead.Select(NameOf));
        var index = new GraphIndex(used.Graph);
        var constant = model.Graph.Output.Where(output => !DependsOnInput(index, output.Name)).ToArray();
        if (constant.Length > 0)
            Add(LintSeverity.Warning, "an output that depends on no input", "export the network without it", constant.Select(output => output.Name));
    }

    private static bool DependsOnInput(GraphIndex index, string value)
    {
        var inputs = GraphShapes.Inputs(index.Graph).Select(input => input.Name).ToHashSet(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([value]);
        while (open.TryPop(out var at))
        {
            if (inputs.Contains(at))
                return true;
            if (seen.Add(at) && index.Producer(at) is { } node)
                GraphIndex.Reads(node).ToList().ForEach(open.Push);
        }

        return false;
    }

    private void Memory(Bytes weights, Bytes? activations)
    {
        var all = new Bytes(weights.Value + (activations?.Value ?? 0));
        var open = GraphShapes.Inputs(model.Graph).Any(input => input.Type?.TensorType?.Shape is not { } shape || shape.Dim.Skip(1).Any(dimension => dimension.DimValue < 1));
        var told = $"{weights} of weights{(activations is { } needed ? $" and at least {needed} of activations for one picture" : $" (activations are not known: {(open ? "sizes are open" : "the sizes of some values are not said")})")}; {device.Name} has {device.MemoryForModel} left for a model";
        if (all > device.MemoryForModel)
            Add(LintSeverity.Problem, told, "niwaki quantize or half for the weights, a smaller input for the activations, or prune");
        else if (all.Value > Comfortable * device.MemoryForModel.Value)
            Add(LintSeverity.Warning, told, "niwaki quantize or half for the weights, a smaller input for the activations");
        else if (activations is null)
            Add(LintSeverity.Note, told, open ? "fix the sizes of the input" : "measure it on the device");
    }

    // what is left after the rewriting that can be done
    private string? Mended()
    {
        var basic = Basic.Clone();
        if (basic.Opset() != runtime.Opset && basic.Opset() > runtime.Opset)
        {
            if (OpsetConversion.Problems(basic, runtime.Opset).Count > 0)
                return null;
            OpsetConversion.Apply(basic, runtime.Opset, file);
        }

        var lacking = AllNodes(basic.Graph).Count(node => !Has(node));
        var before = AllNodes(model.Graph).Count(node => !Has(node)) + (model.Opset() > runtime.Opset ? 1 : 0);
        return before == 0 || lacking == before ? null : lacking == 0 ? $"{runtime.Name} has every operator" : $"{lacking} nodes are left that {runtime.Name} lacks";
    }

    // a runtime without a list of its own has the standard's operators
    private bool Has(NodeProto node) => (!IsTensorRt && LocalFunctions.Defines(model, node)) || (runtime.Has(node.Domain, node.OpType) && (node.Domain is not ("" or "ai.onnx") || StandardOperators.Has(node.Domain, node.OpType)));

    // as optimize writes it: what shapes alone decide folded, newer operators in basic ones
    private ModelProto Basic => basic ??= Pass.Run(Folded, [new RemoveIdentityPass(), new DecomposePass(), new DeadNodesPass()]);

    private ModelProto Folded
    {
        get
        {
            try
            {
                return folded ??= new FoldShapesPass() is var pass && pass.Require(model) is null && ExternalTensors.BytesInside(model) <= MostToRun ? Pass.Run(model, [pass, new DeadNodesPass()]) : model;
            }
            catch (StageException)
            {
                // the engine cannot run it
                return folded = model;
            }
        }
    }

    private string[] Asymmetric()
    {
        var index = new GraphIndex(model.Graph);
        return [.. model.Graph.Node.Where(node => node.OpType is "QuantizeLinear" or "DequantizeLinear" && node.Input.Count > 2 && index.Constant(node.Input[2]) is { } zero && (zero.Type() is DataType.Uint8 or DataType.Uint16 || zero.Longs().Any(value => value != 0))).Select(NameOf)];
    }

    private static bool IsInt8(NodeProto node) => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "QGemm" or "DynamicQuantizeMatMul" or "MatMulNBits"
        || node.OpType.StartsWith("QLinear", StringComparison.Ordinal) || node.OpType.EndsWith("Integer", StringComparison.Ordinal) || node.OpType.EndsWith("IntegerToFloat", StringComparison.Ordinal);

    private static IEnumerable<NodeProto> AllNodes(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Nested().SelectMany(AllNodes).Prepend(node));

    private static string NameOf(NodeProto node) => node.Name.Length > 0 ? node.Name : $"{node.OpType} of {node.Output.FirstOrDefault()}";

    private static long BytesOf(TensorProto tensor) => tensor.HasRawData ? tensor.RawData.Length : (long)((TensorValues.SizeOf(tensor.Type()) ?? 1) * (double)tensor.Elements());

    private void Add(LintSeverity severity, string what, string remedy) => findings.Add(new LintFinding(severity, what, remedy));

    private void Add(LintSeverity severity, string what, string remedy, IEnumerable<string> where, int? count = null)
    {
        var all = where.ToArray();
        findings.Add(new LintFinding(severity, what, remedy) { Where = [.. all.Take(Shown)], Count = count ?? all.Length });
    }
}
