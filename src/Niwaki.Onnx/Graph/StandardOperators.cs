namespace Niwaki.Onnx;

/// <summary>The operators of the ONNX standard, and the domains that ONNX Runtime knows besides it.</summary>
internal static class StandardOperators
{
    private static readonly HashSet<string> Domains = new(StringComparer.Ordinal) { GraphEdits.MicrosoftDomain, "com.microsoft.nchwc", "com.ms.internal.nhwc", "ai.onnx.ml" };

    private static readonly HashSet<string> Names = new(
        ("Abs Acos Acosh Add AffineGrid And ArgMax ArgMin Asin Asinh Atan Atanh Attention AveragePool BatchNormalization Bernoulli BitShift BitwiseAnd BitwiseNot BitwiseOr "
        + "BitwiseXor BlackmanWindow Cast CastLike Ceil Celu CenterCropPad Clip Col2Im Compress Concat ConcatFromSequence Constant ConstantOfShape Conv ConvInteger "
        + "ConvTranspose Cos Cosh CumSum DFT DeformConv DepthToSpace DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor "
        + "GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GridSample GroupNormalization HammingWindow "
        + "HannWindow HardSigmoid HardSwish Hardmax Identity If ImageDecoder InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log "
        + "LogSoftmax Loop LpNormalization LpPool MatMul MatMulInteger Max MaxPool MaxRoiPool MaxUnpool Mean MeanVarianceNormalization MelWeightMatrix Min Mish Mod Mul "
        + "Multinomial Neg NegativeLogLikelihoodLoss NonMaxSuppression NonZero Not OneHot Optional OptionalGetElement OptionalHasElement Or PRelu Pad Pow QLinearConv "
        + "QLinearMatMul QuantizeLinear RMSNormalization RNN RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum "
        + "ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare RegexFullMatch Relu Reshape Resize ReverseSequence RoiAlign RotaryEmbedding Round "
        + "STFT Scan Scatter ScatterElements ScatterND Selu SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength SequenceMap Shape Shrink "
        + "Sigmoid Sign Sin Sinh Size Slice Softmax SoftmaxCrossEntropyLoss Softplus Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze StringConcat StringNormalizer "
        + "StringSplit Sub Sum Swish Tan Tanh TensorScatter TfIdfVectorizer ThresholdedRelu Tile TopK Transpose Trilu Unique Unsqueeze Upsample Where Xor "
        // ONNX Runtime's own fusions, which older versions wrote into the standard's domain
        + "Affine Crop DynamicSlice FusedConv FusedGemm GroupNorm ImageScaler Inverse LayerNormalization ParametricSoftplus ScaledTanh SimplifiedLayerNormalization").Split(' '),
        StringComparer.Ordinal);

    /// <summary>Whether ONNX Runtime knows an operator without a library for it.</summary>
    public static bool Has(string domain, string name) => domain is "" or "ai.onnx" ? Names.Contains(name) : Domains.Contains(domain);
}
