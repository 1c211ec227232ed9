using Niwaki.Onnx;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

/// <summary>A bundle with a real, tiny network: means of 4x4 pixels, then a convolution that looks at 3x3 of them and tells four colours apart.</summary>
internal sealed record TestBundle
{
    public static readonly ValueList<ClassInfo> Classes = [new("dark", "#202428"), new("red", "#d23c32"), new("green", "#3cbe46"), new("blue", "#325adc")];

    public Preprocess Preprocess { get; init; } = new(64, 48);

    public PassMarks Marks { get; init; } = new();

    public int Golden { get; init; } = 3;

    /// <summary>Changes golden labels, as another processor might.</summary>
    public Action<byte[]> Spoil { get; init; } = _ => { };

    /// <summary>Whether it has reference statistics: windows of four frames, two in a row for an alarm.</summary>
    public bool Watched { get; init; }

    /// <summary>What was predicted of its latency.</summary>
    public LatencyPrediction? Predicted { get; init; }

    public string Name { get; init; } = "colours";

    public long Revision { get; init; } = 1;

    /// <summary>Packs it and unpacks it into a folder, which it gives.</summary>
    public string Unpack(TestFolder folder)
    {
        var archive = Pack(folder);
        var into = folder[$"{Name}-{Revision}-unpacked"];
        BundleArchive.Unpack(archive, into);
        return into;
    }

    /// <summary>Packs it into an archive, which it gives.</summary>
    public string Pack(TestFolder folder)
    {
        var model = folder[$"{Name}.onnx"];
        OnnxFile.Write(model, Graph(Preprocess));
        var contents = new List<BundleContent> { BundleContent.OfBytes("model.onnx", File.ReadAllBytes(model)) };
        var golden = new List<GoldenPicture>();
        using var lanes = new EngineLanes(model, Preprocess, Classes.Count, 1, 1);
        var pipeline = new FramePipeline(lanes, Preprocess, Classes, null, TimeProvider.System);
        for (var i = 0; i < Golden; i++)
        {
            var picture = ImageCodec.EncodePng(Scenes.Of(160, 120, i));
            var given = pipeline.SegmentAsync(ImageCodec.Decode(picture, "scene"), default, default).AsTask().GetAwaiter().GetResult();
            var labels = given.Labels.Labels.ToArray();
            Spoil(labels);
            contents.Add(BundleContent.OfBytes($"golden/{i}.png", picture));
            contents.Add(BundleContent.OfBytes($"golden/{i}.labels.png", ImageCodec.EncodePng(new LabelMap(160, 120, labels))));
            golden.Add(new GoldenPicture($"golden/{i}.png", $"golden/{i}.labels.png", given.Statistics.Confidence));
        }

        if (Watched)
        {
            var frames = Enumerable.Range(1000, 96).Select(seed => pipeline.SegmentAsync(Scenes.Of(80, 60, seed), default, default).AsTask().GetAwaiter().GetResult().Statistics).ToArray();
            contents.Add(BundleContent.OfBytes(DriftReference.FileName, new DriftCalibration { Window = 4, Hold = 2, Permutations = 400 }.Of(frames, 1).ToBytes()));
        }

        var manifest = new BundleManifest(
            BundleManifest.CurrentSchema,
            Name,
            Revision,
            new BundleOrigin(new string('0', 64), DateTimeOffset.UnixEpoch, "0.1.0", []),
            new BundleDevice("test", BundleDevice.LinuxX64),
            [new BundleModel("model.onnx", BundleModelUse.Serve, 17)],
            Preprocess,
            Classes,
            Marks,
            [.. golden],
            [])
        {
            Reference = Watched ? DriftReference.FileName : null,
            Predicted = Predicted,
        };
        var path = folder[$"{Name}-{Revision}.tar.gz"];
        BundleArchive.Pack(path, manifest, contents);
        return path;
    }

    /// <summary>The network; fully convolutional, so that what it says of a pixel depends on 12x12 pixels around it alone.</summary>
    public static ModelProto Graph(Preprocess preprocess)
    {
        var writer = new GraphWriter(17);
        var mean = new float[3 * 3 * 16];
        for (var c = 0; c < 3; c++)
            mean.AsSpan((c * 3 + c) * 16, 16).Fill(1 / 16f);
        var means = writer.Node("Conv", "means", ["image", writer.Floats("mean", new Shape(3, 3, 4, 4), mean)], ("strides", new long[] { 4, 4 }), ("kernel_shape", new long[] { 4, 4 }));
        // class k: the channel that it is about, mostly in the middle
        var weights = new float[4 * 3 * 9];
        float[][] taste = [[-1, -1, -1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]];
        for (var k = 0; k < 4; k++)
        {
            for (var c = 0; c < 3; c++)
            {
                for (var at = 0; at < 9; at++)
                    weights[(k * 3 + c) * 9 + at] = taste[k][c] * (at == 4 ? 1.2f : 0.1f);
            }
        }

        var logits = writer.Node("Conv", "look", [means, writer.Floats("weights", new Shape(4, 3, 3, 3), weights), writer.Floats("bias", new Shape(4), [-1.5f, 0, 0, 0])], ("pads", new long[] { 1, 1, 1, 1 }), ("kernel_shape", new long[] { 3, 3 }));
        return writer.Finish("colours", Picture("image", 3, preprocess.Height, preprocess.Width), (logits, Picture("logits", 4, preprocess.Height / 4, preprocess.Width / 4)));
    }

    private static ValueInfoProto Picture(string name, params int[] shape)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        foreach (var size in (int[])[1, .. shape])
            type.Shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
