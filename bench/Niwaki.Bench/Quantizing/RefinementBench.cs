using System.Diagnostics;
using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>What each scheme and each refinement keeps of a model: signal, labels and, where there are masks of its classes, mean IoU.</summary>
internal static class RefinementBench
{
    public const string Help = """
        refinements MODEL DATA [IMAGES [VALIDATION [SCHEME ...]]]   (a scheme may name one row: w8a8:gptq)
          MODEL        the folder of an exported model, or an ONNX file that takes pictures normalized as ImageNet's
          DATA         JSON of a data source, such as '{"kind":"synthetic"}'; its training split calibrates, its validation split judges
          IMAGES       calibration pictures (32); VALIDATION pictures to judge by (32)
          SCHEME       of w8a8 w8a8s w6a6 w4a8 w4a4 dynamic weights8 weights4 (w8a8 w4a8)
        """;

    private static readonly (string Name, ValueList<Refinement> Refinements)[] Rounding =
    [
        ("nothing", []),
        ("bias", [new BiasRefinement()]),
        ("weight-scale, bias", [new WeightScaleRefinement(), new BiasRefinement()]),
        ("gptq, bias", [new GptqRefinement(), new BiasRefinement()]),
        ("ada-round, bias", [new AdaRoundRefinement(), new BiasRefinement()]),
        ("ridge, bias", [new RidgeRefinement(), new BiasRefinement()]),
        ("ridge, gptq, bias", [new RidgeRefinement(), new GptqRefinement(), new BiasRefinement()]),
        ("weight-scale, gptq, bias", [new WeightScaleRefinement(), new GptqRefinement(), new BiasRefinement()]),
    ];

    private static readonly (string Name, ValueList<Refinement> Refinements)[] Rewriting =
    [
        ("repq, bias", [new RepqRefinement(), new BiasRefinement()]),
        ("smooth-quant, bias", [new SmoothQuantRefinement(), new BiasRefinement()]),
        ("smooth-quant of norms, bias", [new SmoothQuantRefinement { Products = false }, new BiasRefinement()]),
        ("cross-layer, bias", [new CrossLayerRefinement(), new BiasRefinement()]),
        ("rotation, bias", [new RotationRefinement(), new BiasRefinement()]),
        ("repq, gptq, bias", [new RepqRefinement(), new GptqRefinement(), new BiasRefinement()]),
        ("smooth-quant, gptq, bias", [new SmoothQuantRefinement(), new GptqRefinement(), new BiasRefinement()]),
    ];

    /// <summary>Carries out the command; says whether the words were one of its own.</summary>
    public static bool Run(string[] args, TextWriter output)
    {
        if (args is not ["refinements", .. var rest])
            return false;
        if (rest.Length < 2)
        {
            output.WriteLine(Help);
            return true;
        }

        var vocabulary = new Vocabulary(typeof(OnnxModel).Assembly, typeof(SyntheticDataSource).Assembly, typeof(Quantize).Assembly);
        var data = vocabulary.Read<DataSource>(rest[1], "DATA");
        var (images, judged) = (rest.Length > 2 ? Number(rest[2]) : 32, rest.Length > 3 ? Number(rest[3]) : 32);
        var subject = Subject.Open(rest[0], data, images, judged, vocabulary);
        output.WriteLine($"{rest[0]}: {images} pictures calibrate, {judged} judge; {subject.Describe()}");
        output.WriteLine($"  naive min-max: {subject.Judge(NaiveQdq.Of(QuantizerBench.Lifted(subject.Model, rest[0]), subject.Calibration, rest[0]))}");
        foreach (var word in rest.Length > 4 ? rest[4..] : ["w8a8", "w4a8"])
        {
            var (name, wanted) = word.Split(':') is [var only, var row] ? (only, row) : (word, string.Empty);
            var scheme = Scheme(name);
            var isStatic = scheme is StaticScheme;
            if (word == "w8a8")
                Report(subject, name, "min-max, nothing", new Quantize { Scheme = scheme, Images = images, Refinements = [], Calibrator = new MinMaxCalibrator() }, output);
            foreach (var (what, refinements) in isStatic ? Rounding.Concat(Rewriting) : scheme is DynamicScheme ? [.. Rounding.Take(2), .. Rounding.Skip(3).Take(1), .. Rewriting] : Rounding.Where(each => !each.Name.Contains("ridge", StringComparison.Ordinal)))
            {
                if (what.StartsWith(wanted, StringComparison.Ordinal))
                    Report(subject, name, what, new Quantize { Scheme = scheme, Images = images, Refinements = refinements }, output);
            }
        }

        return true;
    }

    private static Scheme Scheme(string name) => name switch
    {
        "w8a8" => new StaticScheme(),
        "w8a8s" => new StaticScheme { Symmetric = true },
        "w6a6" => new StaticScheme { WeightBits = 6, ActivationBits = 6 },
        "w4a8" => new StaticScheme { WeightBits = 4 },
        "w4a4" => new StaticScheme { WeightBits = 4, ActivationBits = 4 },
        "dynamic" => new DynamicScheme(),
        "weights8" => new WeightOnlyScheme(),
        "weights4" => new WeightOnlyScheme { Bits = 4 },
        _ => throw new StageException($"'{name}' is no scheme of this bench.{Environment.NewLine}{Help}"),
    };

    private static void Report(Subject subject, string scheme, string refinements, Quantize options, TextWriter output)
    {
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        try
        {
            var model = Quantization.Of(subject.Model, options, subject.Calibration, subject.Name, reduceRange: !Cpu.MultipliesInt8).Model;
            var time = Process.GetCurrentProcess().TotalProcessorTime - start;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {scheme,-9} {refinements,-28} {subject.Judge(model)}; {new Bytes(model.CalculateSize())}, {time.TotalSeconds:0.0} s of processor time"));
        }
        catch (StageException problem)
        {
            output.WriteLine($"  {scheme,-9} {refinements,-28} refused: {problem.Message}");
        }

        output.Flush();
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
