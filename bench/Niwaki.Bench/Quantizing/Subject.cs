using System.Globalization;
using Niwaki.Onnx;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Bench;

/// <summary>A float model with the pictures that calibrate and judge.</summary>
internal sealed record Subject(string Name, ModelProto Model, Preprocess Preprocess, IReadOnlyList<float[]> Calibration, IReadOnlyList<Sample> Validation, int? Classes)
{
    /// <summary>Opens a model's folder, or an ONNX file.</summary>
    public static Subject Open(string path, DataSource data, int images, int judged, Vocabulary vocabulary)
    {
        var artifact = Directory.Exists(path) ? ArtifactStore.Open<OnnxModel>(path, vocabulary) : null;
        var model = OnnxFile.Read(artifact?.PathOf(OnnxModel.GraphFile) ?? path);
        var (_, sizes, _) = GraphProbe.InputOf(model, path);
        var preprocess = artifact?.Preprocess(vocabulary) ?? new Preprocess((int)sizes[3], (int)sizes[2]);
        var (train, validation) = (data.Open(Split.Train), data.Open(Split.Validation));
        static IEnumerable<Sample> Spread(ISampleSet set, int count) => Enumerable.Range(0, Math.Min(count, set.Count)).Select(i => set.Load((int)((long)i * set.Count / Math.Min(count, set.Count))));
        int? classes = artifact is not null && artifact.Classes(vocabulary).Count == data.Classes().Count ? data.Classes().Count : null;
        return new Subject(path, model, preprocess, [.. Spread(train, images).Select(sample => preprocess.Apply(sample.Image))], [.. Spread(validation, judged)], classes);
    }

    /// <summary>The float model itself.</summary>
    public string Describe() => Accuracy(Model) is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $"in float mean IoU {accuracy:0.0000}, {new Bytes(Model.CalculateSize())}") : $"{new Bytes(Model.CalculateSize())}";

    /// <summary>What a changed graph keeps.</summary>
    public string Judge(ModelProto changed)
    {
        var folder = Directory.CreateTempSubdirectory("niwaki-refinements-").FullName;
        try
        {
            var (before, after) = (Path.Combine(folder, "before.onnx"), Path.Combine(folder, "after.onnx"));
            OnnxFile.Write(before, Model);
            OnnxFile.Write(after, changed);
            var comparison = GraphComparison.Of(before, after, Validation.Select(sample => Preprocess.Apply(sample.Image)));
            return string.Create(CultureInfo.InvariantCulture, $"{comparison.SignalToNoise:0.00} dB, {comparison.Agreement:P2} agree{(Accuracy(changed) is { } accuracy ? string.Create(CultureInfo.InvariantCulture, $", mean IoU {accuracy:0.0000}") : string.Empty)}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private double? Accuracy(ModelProto model)
    {
        if (Classes is not { } classes)
            return null;
        var path = Path.Combine(Path.GetTempPath(), $"niwaki-{Environment.ProcessId}.onnx");
        OnnxFile.Write(path, model);
        try
        {
            using var segmenter = new OnnxSegmenter(path, Preprocess.Height, Preprocess.Width, classes, new OrtRuntime { Threads = Environment.ProcessorCount });
            var meter = new AccuracyMeter(classes);
            foreach (var sample in Validation)
            {
                var truth = sample.Labels!;
                meter.Add(truth, Preprocess.Restore(segmenter.Run(Preprocess.Apply(sample.Image)), truth.Width, truth.Height));
            }

            return meter.Result().MeanIoU;
        }
        finally
        {
            File.Delete(path);
        }
    }
}
