using System.Globalization;

namespace Niwaki.Tests;

/// <summary>
/// A model for a few lines of tests: its file says from which brightness on a pixel is of the second class and how sure it is, and it labels
/// pictures of 8 x 8 bytes.
/// </summary>
internal sealed class ByteModel : IBundleTrial
{
    private const int Side = 8;

    private readonly Bundle bundle;
    private readonly int threshold;
    private readonly double confidence;

    public ByteModel(Bundle bundle)
    {
        this.bundle = bundle;
        var words = bundle.Text(bundle.Manifest.Serving.File).Split(' ');
        if (words.Length != 2 || !int.TryParse(words[0], CultureInfo.InvariantCulture, out threshold))
            throw new StageException($"{bundle.Folder}: the model does not load.");
        confidence = double.Parse(words[1], CultureInfo.InvariantCulture);
    }

    public static byte[] Picture { get; } = [.. Enumerable.Range(0, Side * Side).Select(i => (byte)(i * 4))];

    public static byte[] LabelsOf(byte[] picture, int threshold) => [.. picture.Select(pixel => pixel >= threshold ? (byte)1 : (byte)0)];

    public TrialAnswer Label(string path) => new(
        new LabelMap(Side, Side, LabelsOf(File.ReadAllBytes(path), threshold)),
        confidence,
        File.Exists(path + ".labels.png") ? new LabelMap(Side, Side, File.ReadAllBytes(path + ".labels.png")) : null);

    public Verdict SelfTest()
    {
        var golden = bundle.Manifest.Golden[0];
        var alike = Label(bundle.PathOf(golden.Picture)).Labels.Labels.Zip(File.ReadAllBytes(bundle.PathOf(golden.Labels))).Count(pair => pair.First == pair.Second) / (double)(Side * Side);
        return new Verdict([new VerdictLine("agreement", $">= {bundle.Manifest.PassMarks.MinAgreement}", $"{alike}", alike >= bundle.Manifest.PassMarks.MinAgreement)]);
    }

    public void Dispose()
    {
    }
}
