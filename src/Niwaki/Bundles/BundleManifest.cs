using System.Text;
using System.Text.RegularExpressions;

namespace Niwaki;

/// <summary>
/// What a bundle says of itself: <c>bundle.json</c>, the first file of the archive. It lists every other file with its size and its
/// SHA-256, so that a signature over its bytes covers everything.
/// </summary>
/// <param name="Schema">The version of this layout: <see cref="CurrentSchema"/>.</param>
/// <param name="Name">What is deployed, in lower case: <c>flood-watch</c>. Bundles of one name replace each other.</param>
/// <param name="Revision">Grows from one bundle of a name to the next. A lower one than what is installed is a downgrade.</param>
/// <param name="Origin">The artifact that the bundle was made of, and its history.</param>
/// <param name="Device">What it was made for.</param>
/// <param name="Models">One that serves, and what goes with it.</param>
/// <param name="Preprocess">What is done to a picture before a model sees it.</param>
/// <param name="Classes">Names and colours, in the order of their indices.</param>
/// <param name="PassMarks">What the self-test on the device has to reach.</param>
/// <param name="Golden">Pictures with the labels that the serving model gave them where the bundle was made.</param>
/// <param name="Files">Every file besides this one and the signature, ordered by name.</param>
public sealed partial record BundleManifest(
    int Schema,
    string Name,
    long Revision,
    BundleOrigin Origin,
    BundleDevice Device,
    ValueList<BundleModel> Models,
    Preprocess Preprocess,
    ValueList<ClassInfo> Classes,
    PassMarks PassMarks,
    ValueList<GoldenPicture> Golden,
    ValueList<BundleFile> Files)
{
    /// <summary>The layout that is written, and the only one that is read.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Its file name.</summary>
    public const string FileName = "bundle.json";

    /// <summary>File name of the signature over the manifest's bytes: ECDSA P-256 with SHA-256, DER, as <c>openssl dgst</c> checks it.</summary>
    public const string SignatureFile = "bundle.sig";

    /// <summary>File name of the checksums in the form that <c>sha256sum -c</c> reads.</summary>
    public const string ChecksumFile = "SHA256SUMS";

    private const int MostGolden = 1000;

    /// <summary>The program for the device, <see langword="null"/> where the bundle brings none.</summary>
    public string? Program { get; init; }

    /// <summary>The reference statistics against which drift is judged, <see langword="null"/> where there are none.</summary>
    public string? Reference { get; init; }

    /// <summary>The serving model's latency on the device: predicted where the bundle was made, not measured; <see langword="null"/> where the device's profile lacks figures.</summary>
    public LatencyPrediction? Predicted { get; init; }

    /// <summary>The model that answers.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public BundleModel Serving => Models.First(model => model.Use == BundleModelUse.Serve);

    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="json">Its bytes, UTF-8.</param>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">No manifest, of a later version, or one that contradicts itself.</exception>
    public static BundleManifest Parse(ReadOnlySpan<byte> json, string where)
    {
        var schema = BundleJson.SchemaOf(json, where);
        if (schema != CurrentSchema)
            throw new StageException($"{where}: is a bundle of layout {schema}, but this program reads layout {CurrentSchema}. {(schema > CurrentSchema ? "Take a program as new as the bundle" : "Make the bundle again")}.");
        var manifest = BundleJson.Read(json, BundleJson.Words.BundleManifest, where);
        manifest.Validate(where);
        return manifest;
    }

    /// <summary>The bytes of <see cref="FileName"/>: the same manifest gives the same bytes.</summary>
    public byte[] ToBytes() => BundleJson.Write(this, BundleJson.Words.BundleManifest);

    /// <summary>Refuses what no bundle says.</summary>
    /// <param name="where">Names the source in an error.</param>
    /// <exception cref="StageException">The message names what is wrong.</exception>
    public void Validate(string where)
    {
        if (!PlainName().IsMatch(Name))
            throw new StageException($"{where}: the bundle's name is '{Printable(Name)}', but 1 to 64 of a-z, 0-9, '.', '-' and '_' are needed, the first a letter or a digit.");
        if (!PlainName().IsMatch(Device.Name))
            throw new StageException($"{where}: the device's name is '{Printable(Device.Name)}', but 1 to 64 of a-z, 0-9, '.', '-' and '_' are needed, the first a letter or a digit.");
        if (Revision < 0)
            throw new StageException($"{where}: the revision is {Revision}, but a number from 0 up is needed.");
        if (Preprocess.Mean is null || Preprocess.Std is null)
            throw new StageException($"{where}: the preprocessing lacks its mean or its std.");
        Preprocess.Validate(where);
        ClassInfo.Checked(Classes, where);
        PassMarks.Validate(where);
        Device.Validate(where);
        if (Predicted is { } predicted && !(predicted.Predicted > TimeSpan.Zero && predicted.MedianFactor >= 1 && predicted.WorstFactor >= predicted.MedianFactor && predicted.WorstFactor < 1e6))
            throw new StageException($"{where}: predicts a latency of {predicted.Predicted.TotalMilliseconds} ms within a factor of {predicted.WorstFactor} (half of them {predicted.MedianFactor}); a time above zero and factors from 1 up are needed.");
        var names = CheckFiles(where);
        if (Models.Count(model => model.Use == BundleModelUse.Serve) != 1)
            throw new StageException($"{where}: lists {Models.Count(model => model.Use == BundleModelUse.Serve)} models that serve, but exactly one is needed.");
        if (Golden.Count > MostGolden)
            throw new StageException($"{where}: lists {Golden.Count} golden pictures; at most {MostGolden} are allowed.");
        var referred = Models.Select(model => model.File).Concat(Models.Select(model => model.Build).OfType<string>()).Concat(Golden.SelectMany(golden => new[] { golden.Picture, golden.Labels, golden.Truth })).Append(Program).Append(Reference).Append(Device.Profile).OfType<string>();
        if (referred.FirstOrDefault(name => !names.Contains(name)) is { } missing)
            throw new StageException($"{where}: speaks of '{Printable(missing)}', which is not among its files.");
    }

    private HashSet<string> CheckFiles(string where)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        // a device's file system may not tell upper from lower case
        var folded = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { FileName, SignatureFile };
        var previous = string.Empty;
        foreach (var file in Files)
        {
            if (BundlePath.Problem(file.Name) is { } problem)
                throw new StageException($"{where}: lists '{Printable(file.Name)}', which {problem}.");
            if (!folded.Add(file.Name))
                throw new StageException($"{where}: lists '{file.Name}' twice.");
            if (string.CompareOrdinal(previous, file.Name) >= 0)
                throw new StageException($"{where}: lists '{file.Name}' after '{previous}'; files are ordered by name.");
            if (file.Size < 0 || !Digest().IsMatch(file.Sha256))
                throw new StageException($"{where}: gives '{file.Name}' {file.Size} bytes and the SHA-256 '{Printable(file.Sha256)}'; a size from 0 up and 64 digits of 0-9 and a-f are needed.");
            previous = file.Name;
            names.Add(file.Name);
        }

        return Files.SelectMany(file => BundlePath.Parents(file.Name)).FirstOrDefault(folded.Contains) is { } both
            ? throw new StageException($"{where}: lists '{both}' both as a file and as a folder.")
            : names;
    }

    /// <summary>Text from outside as it can be printed: control characters could change what a terminal shows.</summary>
    internal static string Printable(string text, int most = 120)
    {
        var printable = new StringBuilder();
        foreach (var letter in text.Length > most ? text[..most] + "..." : text)
            printable.Append(char.IsControl(letter) ? '?' : letter);
        return printable.ToString();
    }

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{0,63}\z")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Digest();
}
