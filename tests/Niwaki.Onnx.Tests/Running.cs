using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx.Tests;

/// <summary>Runs graphs and compares numbers.</summary>
internal static class Running
{
    public static float[] Floats(ModelProto model, float[] image, Shape shape, GraphOptimizationLevel optimization = GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
        using var session = new OrtRuntime { Optimization = optimization }.Open(model, "test");
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(image, [.. shape.Dimensions.Select(size => (long)size)]);
        using var results = session.Run(options, [session.InputNames[0]], [input], [session.OutputNames[0]]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public static void Same(IReadOnlyList<double> expected, IReadOnlyList<float> actual, double share, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        var range = expected.Max() - expected.Min();
        var difference = expected.Zip(actual, (x, y) => double.IsNaN(y) ? double.PositiveInfinity : Math.Abs(x - y)).Max();
        Assert.True(difference <= share * range, $"{what}: differs by {difference:g3} of a range of {range:g3}");
    }
}
