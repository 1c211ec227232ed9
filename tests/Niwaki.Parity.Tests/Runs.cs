using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx;
using Niwaki.Torch;
using TorchSharp;

namespace Niwaki.Parity.Tests;

/// <summary>An architecture read by each reader that runs.</summary>
internal static class Runs
{
    public static Outcome Reference(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image)
    {
        var taps = new Dictionary<string, (FeatureTap, ReferenceTensor)>(StringComparer.Ordinal);
        var reader = new ReferenceOps(weights) { Tapped = (tap, value) => taps.Add(tap.Name, (tap, value)) };
        return new Outcome(architecture.Forward(reader, new ReferenceTensor(image)), taps);
    }

    public static Outcome Torch(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image)
    {
        using var network = Network.Of(architecture, image.Shape[2], image.Shape[3], weights);
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        var taps = new Dictionary<string, (FeatureTap, ReferenceTensor)>(StringComparer.Ordinal);
        var picture = torch.tensor(image.Values).reshape([.. image.Shape.Dimensions.Select(size => (long)size)]);
        var logits = network.Forward(picture, new ForwardOptions { Tap = (tap, value) => taps.Add(tap.Name, (tap, Copied(value))) });
        return new Outcome(Copied(logits), taps);
    }

    /// <summary>What a training reads: the logits, and those of the auxiliary head where there is one.</summary>
    public static IReadOnlyList<ReferenceTensor> Outputs(Architecture architecture, IReadOnlyDictionary<string, Weight> weights, Weight image)
    {
        using var network = Network.Of(architecture, image.Shape[2], image.Shape[3], weights);
        using var scope = torch.NewDisposeScope();
        using var noGradients = torch.no_grad();
        var picture = torch.tensor(image.Values).reshape([.. image.Shape.Dimensions.Select(size => (long)size)]);
        return [.. network.Outputs(picture).Select(Copied)];
    }

    /// <summary>Logits only: an exported graph has no taps.</summary>
    public static Func<Architecture, IReadOnlyDictionary<string, Weight>, Weight, Outcome> Onnx(int opset) => (architecture, weights, image) =>
    {
        var model = new NetworkGraph { Opset = opset }.Write(architecture, weights, image.Shape[2], image.Shape[3]);
        using var session = new OrtRuntime().Open(model, "exported graph");
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(image.Values, [.. image.Shape.Dimensions.Select(size => (long)size)]);
        using var results = session.Run(options, [NetworkGraph.Image], [input], [NetworkGraph.Logits]);
        var shape = new Shape(results[0].GetTensorTypeAndShape().Shape.Select(size => (int)size).ToArray());
        return new Outcome(new ReferenceTensor(new Weight(shape, results[0].GetTensorDataAsSpan<float>().ToArray())), new Dictionary<string, (FeatureTap, ReferenceTensor)>());
    };

    private static ReferenceTensor Copied(torch.Tensor tensor)
    {
        using var scope = torch.NewDisposeScope();
        var shape = new Shape(tensor.shape.Select(size => (int)size).ToArray());
        return new ReferenceTensor(new Weight(shape, tensor.contiguous().data<float>().ToArray()));
    }
}
