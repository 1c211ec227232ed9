using System.Collections.Frozen;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>What a graph for a target may hold.</summary>
internal static class TargetRules
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    public const string ContribDomain = "com.microsoft";

    private const int Newest = 21;
    private const int Usual = 17;
    private const int TensorRt8Opset = 13;

    // of what TensorRT 8 parses, what networks are written in: nothing that moves data by computed places, no 8-bit types
    private static readonly FrozenSet<string> TensorRt8 = FrozenSet.Create(StringComparer.Ordinal,
    [
        "Add", "ArgMax", "AveragePool", "Cast", "Clip", "Concat", "Conv", "Div", "Equal", "Erf", "Expand", "Gather", "Gemm", "GlobalAveragePool", "Greater", "HardSigmoid", "InstanceNormalization", "Less", "Log", "MatMul", "Max", "MaxPool", "Mean", "Mul",
        "Pad", "Pow", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Resize", "Sigmoid", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Tanh", "Transpose", "Unsqueeze", "Where",
    ]);

    // all of its parser's table but 8-bit types: what a graph of any origin may hold
    private static readonly FrozenSet<string> TensorRt8Parser = FrozenSet.Create(
        StringComparer.Ordinal,
        ("Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization Cast Ceil Celu Clip Concat Constant ConstantOfShape Conv "
        + "ConvTranspose Cos Cosh CumSum DepthToSpace Div Dropout Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gemm "
        + "GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GRU HardSigmoid Identity If ImageScaler InstanceNormalization LeakyRelu Less "
        + "LessOrEqual Log LogSoftmax Loop LRN LSTM LpNormalization LpPool MatMul Max MaxPool Mean Min Mul Neg NonMaxSuppression Not Or Pad ParametricSoftplus "
        + "Pow PRelu RandomUniform RandomUniformLike Range ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum "
        + "ReduceSumSquare Relu Reshape Resize ReverseSequence RNN ScaledTanh Scan Scatter ScatterElements ScatterND Selu Shape Sigmoid Sign Sin Sinh Size Slice "
        + "Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh ThresholdedRelu Tile TopK Transpose Unsqueeze Upsample Where").Split(' '));

    private static readonly FrozenSet<string> Contrib = FrozenSet.Create(StringComparer.Ordinal, ["Gelu"]);

    /// <summary>The newest operator set of a target.</summary>
    public static int NewestOpset(ExportTarget target) => target == ExportTarget.Tensorrt8 ? TensorRt8Opset : Newest;

    /// <summary>The operator set that is written where none is asked for.</summary>
    public static int UsualOpset(ExportTarget target) => Math.Min(Usual, NewestOpset(target));

    /// <summary>Refuses a graph with anything that its target does not have.</summary>
    /// <exception cref="StageException">It holds an operator, an opset or a type that the target lacks.</exception>
    public static void Check(ModelProto model, ExportTarget target)
    {
        if (Problems(model, target).FirstOrDefault() is { } problem)
            throw new StageException($"export: the graph holds {problem}, which the target {target.ToString().ToLowerInvariant()} does not have. This is a mistake in the export: report it with the architecture.json, and export for another target meanwhile.");
    }

    /// <summary>Everything in a graph that its target does not have.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="target">The target.</param>
    /// <param name="isForeign">Whether everything that the target parses is taken, and not only what this project writes.</param>
    public static IEnumerable<string> Problems(ModelProto model, ExportTarget target, bool isForeign = false)
    {
        if (model.Opset() > NewestOpset(target))
            yield return $"opset {model.Opset()}";
        foreach (var node in model.Graph.Node.Where(node => !Allows(target, node, isForeign)))
            yield return $"{(node.Domain.Length > 0 ? node.Domain + "." : string.Empty)}{node.OpType} ({node.Name})";
        if (target != ExportTarget.Tensorrt8)
            yield break;
        foreach (var tensor in model.Graph.Initializer.Where(tensor => tensor.Type() is not (TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Int64 or TensorProto.Types.DataType.Int32) && !(isForeign && tensor.Type() is TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bool or TensorProto.Types.DataType.Double)))
            yield return $"{tensor.Type()} ({tensor.Name})";
        foreach (var value in model.Graph.Output.Where(value => value.Type?.TensorType?.ElemType == (int)TensorProto.Types.DataType.Uint8))
            yield return $"a uint8 output ({value.Name})";
    }

    private static bool Allows(ExportTarget target, NodeProto node, bool isForeign) => node.Domain switch
    {
        "" or "ai.onnx" => target != ExportTarget.Tensorrt8 || (isForeign ? TensorRt8Parser : TensorRt8).Contains(node.OpType),
        ContribDomain => target == ExportTarget.Onnxruntime && Contrib.Contains(node.OpType),
        _ => false,
    };
}
