using Niwaki.Vision;

namespace Niwaki.Cli.Tests;

/// <summary>Pictures of two stripes.</summary>
public sealed record StripesDataSource : DataSource
{
    public int Size { get; init; } = 24;

    public override IReadOnlyList<ClassInfo> Classes() => [new("sky <&>", "#4080ff"), new("ground", "#806040"), new("tree", "#208020")];

    public override ISampleSet Open(Split split) => new Set(Size);

    public override string Digest() => $"stripes {Size}";

    private sealed class Set(int size) : ISampleSet
    {
        public int Count => 4;

        public Sample Load(int index)
        {
            var labels = Enumerable.Range(0, size * size).Select(pixel => (byte)(pixel / size > size / 2 - index ? 1 : 0)).ToArray();
            return new Sample($"stripe-{index}", new RgbImage(size, size, [.. labels.SelectMany(label => label == 0 ? new byte[] { 90, 140, 250 } : [120, 90, 60])]), new LabelMap(size, size, labels));
        }

        public IReadOnlyList<long> ClassPixels(int index) => [1, 1, 0];
    }
}

public abstract record Brush;

public sealed record RoundBrush : Brush
{
    public double Radius { get; init; } = 2;
}

public sealed record FlatBrush : Brush;

/// <summary>How a sketch is <c>framed</c>.</summary>
public sealed record Frame
{
    /// <summary>Width of the frame.</summary>
    public Bytes Weight { get; init; } = new(1000);

    /// <summary>When it dries.</summary>
    public TimeSpan? Dries { get; init; }
}

public enum Mood
{
    /// <summary>Quiet.</summary>
    VeryCalm,
    Wild,
}

/// <summary>Sketches a model: it trains nothing, and writes curves.</summary>
/// <param name="Strokes">How many strokes.</param>
public sealed record Sketch(int Strokes) : Stage<Artifact, TorchModel>
{
    /// <summary>The <see cref="Brush"/> to use.</summary>
    public Brush Brush { get; init; } = new RoundBrush();

    public Mood Mood { get; init; } = Mood.Wild;

    public bool Signed { get; init; }

    public ValueList<int> Layers { get; init; } = [1, 2];

    public ValueList<Brush> Brushes { get; init; } = [];

    public Frame? Frame { get; init; } = new();

    public string? Title { get; init; }

    public bool Fail { get; init; }

    public bool Hang { get; init; }

    protected override void Run(Artifact input, StageContext context)
    {
        if (Fail)
            throw new StageException("the paper [tore]. Take another sheet.");
        if (Hang)
        {
            context.Cancel.WaitHandle.WaitOne();
            throw new OperationCanceledException(context.Cancel);
        }

        for (var stroke = 0; stroke <= Strokes; stroke++)
            context.Log.Progress("sketch", stroke, Strokes, "loss 1");
        ModelFiles.WriteContract(context.OutputFolder, new Preprocess(24, 24), context.RequireData().Classes(), context.Vocabulary);
        AtomicFile.WriteText(context.PathOf("weights.safetensors"), new string('w', Strokes * 1000));
        var points = Enumerable.Range(0, 600).Select(step => $$"""{"step":{{step}},"series":"loss","value":{{3.0 / (1 + step / 50.0)}}}""");
        AtomicFile.WriteText(context.PathOf(TorchModel.CurvesFile), string.Join('\n', points.Append("""{"step":100,"series":"validation/mean-iou","value":0.4}""").Append("""{"step":600,"series":"validation/mean-iou","value":0.6}""")) + "\n");
    }
}

/// <summary>Gives figures that follow from the model's size and the seed.</summary>
public sealed record Appraise : Stage<IModel, Measured>
{
    public double MeanIoU { get; init; } = 0.6;

    protected override void Run(IModel input, StageContext context)
    {
        var bytes = new FileInfo(Path.Combine(input.Folder, "weights.safetensors")).Length;
        var quality = MeanIoU + (context.Seed * 0.01);
        var time = TimeSpan.FromMilliseconds(bytes / 1000.0);
        AtomicFile.WriteText(context.PathOf(Measured.MeasurementFile), context.Vocabulary.Write(new Measurement
        {
            Accuracy = new Accuracy(quality, quality + 0.1, [quality, 0.5, null], quality, 4),
            Latencies = [new Latency(1, 10, time, time * 1.1, time * 1.2), new Latency(2, 10, time / 2, time * 0.6, time * 0.7)],
            FileSize = new Bytes(bytes),
            PeakMemory = new Bytes(bytes * 3),
            Parameters = bytes / 4,
            Macs = new Macs(bytes * 1000),
            Engine = "pencil 1.0",
            Machine = "a desk, 2 hands",
        }));
        for (var picture = 0; picture < 2; picture++)
            AtomicFile.WriteBytes(context.PathOf($"samples/{picture:00}.png"), ImageCodec.EncodePng(context.RequireData().Open(Split.Validation).Load(picture).Labels!));
    }
}
