namespace Niwaki.Vision;

/// <summary>
/// Measures a model: accuracy on the validation pictures, latency, peak memory, size and, where the machine has a sensor, energy.
/// Writes measurement.json and the labels that the model gives the first pictures.
/// </summary>
public sealed record Measure : Stage<IModel, Measured>
{
    /// <summary>Folder of the predicted labels, <c>00.png</c> for the first validation picture and so on: 8-bit grey, value = class.</summary>
    public const string SamplesFolder = "samples";

    /// <summary>At most this many validation pictures for the accuracy, from the first on; all of them by default.</summary>
    public int? Images { get; init; }

    /// <summary>Thread counts to time; the lowest one is what a budget judges.</summary>
    public ValueList<int> Threads { get; init; } = [1];

    /// <summary>Timed runs for each thread count, after warming up. 50 is the least that gives a 99th percentile a meaning.</summary>
    public int Runs { get; init; } = 100;

    /// <summary>Time for the runs of one thread count; a slow model stops there, after 10 runs at least.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many predicted label maps are kept as pictures for the report.</summary>
    public int Samples { get; init; } = 8;

    /// <summary>Whether a fresh process is started to read the peak memory.</summary>
    public bool Memory { get; init; } = true;

    /// <summary>Whether energy is read, where the machine has a sensor (RAPL, INA3221).</summary>
    public bool Energy { get; init; } = true;

    /// <inheritdoc/>
    protected override void Check()
    {
        if (Threads.Count == 0 || Threads.Any(threads => threads is < 1 or > 1024) || Threads.Distinct().Count() != Threads.Count)
            throw new StageException($"measure: threads is {Threads}, but one or more different numbers from 1 up are needed.");
        if (Images is < 1 || Runs < 1 || Samples < 0 || TimeLimit <= TimeSpan.Zero)
            throw new StageException($"measure: images {Images}, runs {Runs}, samples {Samples}, time-limit {TimeLimit.TotalSeconds} s; needed are images and runs from 1 up, samples from 0 up, and a time above 0.");
    }

    /// <inheritdoc/>
    protected override void Require(IModel input, StageContext context)
    {
        if (context.Data is not { } data)
            return;
        var (model, given) = (input.Classes(context.Vocabulary), data.Classes());
        if (model.Count != given.Count)
            throw new StageException($"{input.Folder}: the model knows {model.Count} classes ({Names(model)}), but the dataset has {given.Count} ({Names(given)}). Measure it on a dataset with its own classes.");
        if (!model.Select(item => item.Name).SequenceEqual(given.Select(item => item.Name), StringComparer.OrdinalIgnoreCase))
            context.Log.Say($"The model's classes ({Names(model)}) and the dataset's ({Names(given)}) have different names; they are compared by their indices.");
    }

    /// <inheritdoc/>
    protected override void Run(IModel input, StageContext context)
    {
        var engine = Engine.For(input, context.Vocabulary);
        var preprocess = input.Preprocess(context.Vocabulary);
        var set = context.Data?.Open(Split.Validation);
        if (set is null)
            context.Log.Say("No dataset was given: accuracy and the time from picture to labels are left out, and the engine is timed on noise.");
        var measurement = new Measurement { FileSize = ModelSize.Of(input), Machine = Machine.Describe() };
        if (set is not null)
        {
            using var segmenter = engine.Open(input, context.Vocabulary, Math.Max(Threads.Max(), Environment.ProcessorCount));
            measurement = measurement with { Accuracy = AccuracyRun.Of(this, segmenter, preprocess, set, input.Classes(context.Vocabulary), context) };
        }

        if (Machine.Busy() is { } busy)
            context.Log.Say(busy);
        var workload = Workload.Of(preprocess, set, context.Seed);
        var latencies = new List<Latency>();
        foreach (var threads in Threads.Order())
        {
            using var segmenter = engine.Open(input, context.Vocabulary, threads);
            latencies.Add(new LatencyRun(segmenter, preprocess, workload, context).Time(threads, Runs, TimeLimit));
            if (measurement.Engine is not null)
                continue;
            measurement = measurement with { Engine = segmenter.Engine, Parameters = segmenter.Cost.Parameters, Macs = segmenter.Cost.Macs };
            if (Energy)
                measurement = measurement with { Energy = EnergyRun.Of(segmenter, workload, context) };
        }

        measurement = measurement with { Latencies = latencies, PeakMemory = Memory ? MemoryProbe.Peak(input, Threads.Min(), context) : null };
        AtomicFile.WriteText(context.PathOf(Measured.MeasurementFile), context.Vocabulary.Write(measurement));
        context.Log.Say(Line(measurement));
    }

    private static string Line(Measurement measurement)
    {
        var fastest = measurement.Latencies.MinBy(latency => latency.Threads)!;
        var parts = new List<string>();
        if (measurement.Accuracy is { } accuracy)
            parts.Add($"mean IoU {accuracy.MeanIoU:0.0000}, Dice {accuracy.Dice:0.0000} on {accuracy.Images} pictures");
        parts.Add($"{fastest.EngineP50.TotalMilliseconds:0.00} ms at {fastest.Threads} thread{(fastest.Threads == 1 ? string.Empty : "s")}");
        if (fastest.EndToEndP50 is { } whole)
            parts.Add($"{whole.TotalMilliseconds:0.00} ms from picture to labels");
        if (measurement.PeakMemory is { } memory)
            parts.Add($"peak memory {memory}");
        if (measurement.FileSize is { } size)
            parts.Add($"file {size}");
        if (measurement.Energy is { } energy)
            parts.Add($"{energy} a picture");
        return string.Join("; ", parts) + ".";
    }

    private static string Names(IReadOnlyList<ClassInfo> classes) => string.Join(", ", classes.Select(item => item.Name));
}
