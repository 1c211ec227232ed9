using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Tests;

/// <summary>A whole bundle of a few kilobytes.</summary>
internal static class TinyBundle
{
    public const string Model = "128 0.9";

    public static readonly string[] Contents = ["README.md", "SHA256SUMS", "bin/niwaki-edge", "golden/00.labels.png", "golden/00.png", "model/model.onnx"];

    public static BundleManifest Manifest(long revision = 1, string name = "garden") => new(
        BundleManifest.CurrentSchema,
        name,
        revision,
        new BundleOrigin(new string('a', 64), DateTimeOffset.UnixEpoch, "0.1.0", []),
        new BundleDevice("test-board", BundleDevice.LinuxX64, 2),
        [new BundleModel("model/model.onnx", BundleModelUse.Serve, 17)],
        new Preprocess(8, 8),
        [new ClassInfo("soil", "#8b4513"), new ClassInfo("pine", "#2e8b57")],
        new PassMarks(MaxLatency: TimeSpan.FromMilliseconds(50), MaxMemory: new Bytes(100_000_000)),
        [new GoldenPicture("golden/00.png", "golden/00.labels.png", 0.9)],
        [])
    {
        Program = "bin/niwaki-edge",
    };

    /// <summary>The files that go with <see cref="Manifest"/>.</summary>
    /// <param name="model">A <see cref="ByteModel"/>.</param>
    /// <param name="expected">The model that gave the golden labels, where it is another one.</param>
    public static BundleContent[] Files(string model = Model, string? expected = null) =>
    [
        BundleContent.OfText("model/model.onnx", model),
        BundleContent.OfBytes("golden/00.png", ByteModel.Picture),
        BundleContent.OfBytes("golden/00.labels.png", ByteModel.LabelsOf(ByteModel.Picture, int.Parse((expected ?? model).Split(' ')[0], CultureInfo.InvariantCulture))),
        BundleContent.OfText("bin/niwaki-edge", "#!/bin/sh\n", executable: true),
        BundleContent.OfText("README.md", new string('r', 512)),
    ];

    public static string Pack(string path, long revision = 1, string model = Model, BundleKey? key = null, string name = "garden", string? expected = null)
    {
        BundleArchive.Pack(path, Manifest(revision, name), Files(model, expected ?? (model.Contains(' ', StringComparison.Ordinal) ? null : Model)), key);
        return path;
    }

    public static Bundle Unpack(string archive, string folder, BundleKey? key = null) => BundleArchive.Unpack(archive, folder, key, cancel: TestContext.Current.CancellationToken);

    public static (BundleKey Private, BundleKey Public) Keys()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return (BundleKey.Parse(key.ExportPkcs8PrivateKeyPem(), "key.pem"), BundleKey.Parse(key.ExportSubjectPublicKeyInfoPem(), "public.pem"));
    }

    public static string Text(this Bundle bundle, string file) => Encoding.UTF8.GetString(File.ReadAllBytes(bundle.PathOf(file)));
}
