using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;

namespace Niwaki.Parity.Tests;

/// <summary>Which operators of ONNX Runtime write over their input where nobody reads it later, found out by the memory of the process.</summary>
[Collection(Name)]
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed partial class InPlaceTests
{
    private const string Name = "alone, as the memory of the whole process is read";
    private const int Side = 1024;
    private const int Planes = 8;
    private const double Buffer = Planes * Side * Side * (double)sizeof(float);

    private static readonly string[] Others = ["Add", "Sub", "Mul", "Div", "Erf", "Sqrt", "Gelu", "QuickGelu", "LayerNormalization", "Transpose"];

    public static TheoryData<string, int> Operators() =>
        [.. RunMemory.InPlace.Order(StringComparer.Ordinal).Select(name => (name, 1)), .. Others.Select(name => (name, 2)), (RunMemory.Scratching, 3)];

    [Theory]
    [MemberData(nameof(Operators))]
    public void An_operator_holds_as_many_maps_as_are_counted(string name, int maps)
    {
        Assert.SkipUnless(File.Exists("/proc/self/clear_refs"), "The peak of this process cannot be read here.");
        var graph = new GraphWriter(17);
        var first = graph.Node("Neg", "first", ["image"]);
        string[] inputs = name switch
        {
            "Add" or "Sub" or "Mul" or "Div" => [first, graph.Scalar(3)],
            "Clip" => [first, graph.Scalar(-1), graph.Scalar(1)],
            "BiasGelu" => [first, graph.Floats("bias", new Shape(Side), new float[Side])],
            "LayerNormalization" => [first, graph.Floats("gain", new Shape(Side), new float[Side]), graph.Floats("offset", new Shape(Side), new float[Side])],
            _ => [first],
        };
        var middle = graph.Node(name, "middle", inputs);
        var model = graph.Finish("in place", Info("image", Planes, Side, Side), (graph.Node("ReduceMean", "last", [middle], ("axes", new[] { 1, 2 }), ("keepdims", 0)), Info("mean", Planes)));
        if (name.EndsWith("Gelu", StringComparison.Ordinal))
        {
            model.Graph.Node.Single(node => node.OpType == name).Domain = "com.microsoft";
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        }

        using var session = new OrtRuntime { Optimization = GraphOptimizationLevel.ORT_DISABLE_ALL, Arena = false }.Open(model, "in place");
        using var options = new RunOptions();
        using var input = OrtValue.CreateTensorValueFromMemory(new float[Planes * Side * Side], [Planes, Side, Side]);
        session.Run(options, ["image"], [input], ["mean"]).Dispose();
        var most = 0.0;
        for (var attempt = 0; attempt < 3; attempt++)                                   // a machine short of memory takes pages away
        {
            _ = Trim(0);                                                                // what was freed before counts as free
            File.WriteAllText("/proc/self/clear_refs", "5");                            // the peak begins anew
            var before = Status("VmRSS");
            session.Run(options, ["image"], [input], ["mean"]).Dispose();
            most = Math.Max(most, Status("VmHWM") - before);
        }

        Assert.Equal(maps, Math.Round(most / Buffer));
    }

    private static double Status(string key) => 1024 * double.Parse(
        File.ReadLines("/proc/self/status").Single(line => line.StartsWith(key + ":", StringComparison.Ordinal)).Split(' ', '\t').First(part => part.Length > 0 && char.IsAsciiDigit(part[0])), CultureInfo.InvariantCulture);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint pad);

    private static ValueInfoProto Info(string name, params int[] sizes)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.AddRange(sizes.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
