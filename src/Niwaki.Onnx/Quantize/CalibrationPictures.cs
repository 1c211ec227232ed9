using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Niwaki.Onnx.Proto;
using Niwaki.Vision;

namespace Niwaki.Onnx;

/// <summary>
/// Pictures of a set, spread evenly over it, as the network sees them; decoded each time they are gone through. Pictures without masks
/// that cannot be read are left out, and said. A folder of photos has no splits: every fourth photo judges and does not calibrate.
/// </summary>
internal sealed class CalibrationPictures
{
    private const int LeastToHoldOut = 4;
    private readonly ISampleSet set;
    private readonly Preprocess preprocess;
    private readonly int[] places;
    private readonly bool skips;
    private readonly HashSet<int> unreadable = [];
    private bool isDigested;
    private string digest = string.Empty;

    /// <summary>Pictures of a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="preprocess">The contract.</param>
    /// <param name="wanted">How many at most.</param>
    public CalibrationPictures(ISampleSet set, Preprocess preprocess, int wanted)
        : this(set, preprocess, [.. Enumerable.Range(0, set.Count)], wanted, skips: false, isHeldOut: true)
    {
    }

    private CalibrationPictures(ISampleSet set, Preprocess preprocess, int[] all, int wanted, bool skips, bool isHeldOut)
    {
        (this.set, this.preprocess, this.skips, IsHeldOut) = (set, preprocess, skips, isHeldOut);
        var count = Math.Min(wanted, all.Length);
        places = [.. Enumerable.Range(0, count).Select(i => all[(int)((long)i * all.Length / count)])];
    }

    /// <summary>How many there are, as far as is known those that can be read.</summary>
    public int Count => places.Length - unreadable.Count;

    /// <summary>Whether these judge and do not calibrate.</summary>
    public bool IsHeldOut { get; }

    /// <summary>SHA-256 over the pictures as the network saw them.</summary>
    public string Digest(StageContext context)
    {
        if (!isDigested)
            _ = Read(context).Count();
        return digest;
    }

    /// <summary>Those that calibrate.</summary>
    public static CalibrationPictures Calibrating(StageContext context, Preprocess preprocess, int wanted)
    {
        var set = Open(context, Split.Train, out var isFolder);
        return isFolder
            ? new CalibrationPictures(set, preprocess, [.. Enumerable.Range(0, set.Count).Where(i => set.Count < LeastToHoldOut || i % 4 != 3)], wanted, skips: true, isHeldOut: false)
            : new CalibrationPictures(set, preprocess, wanted);
    }

    /// <summary>Those that judge.</summary>
    public static CalibrationPictures Judging(StageContext context, Preprocess preprocess, int wanted)
    {
        var set = Open(context, Split.Validation, out var isFolder);
        return isFolder
            ? new CalibrationPictures(set, preprocess, [.. Enumerable.Range(0, set.Count).Where(i => set.Count < LeastToHoldOut || i % 4 == 3)], wanted, skips: true, isHeldOut: set.Count >= LeastToHoldOut)
            : new CalibrationPictures(set, preprocess, wanted);
    }

    /// <summary>Goes through them in order.</summary>
    /// <exception cref="StageException">None can be read.</exception>
    public IEnumerable<float[]> Read(StageContext context) => ReadWithMasks(context).Select(picture => picture.Input);

    /// <summary>Goes through them in order, with their masks where they have any.</summary>
    /// <exception cref="StageException">None can be read.</exception>
    public IEnumerable<JudgedPicture> ReadWithMasks(StageContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var place in places)
        {
            context.Cancel.ThrowIfCancellationRequested();
            if (unreadable.Contains(place) || Load(place, context) is not { } sample)
                continue;
            var input = preprocess.Apply(sample.Image);
            if (!isDigested)
                hash.AppendData(MemoryMarshal.AsBytes<float>(input));
            yield return new JudgedPicture(input, sample.Labels);
        }

        if (places.Length == unreadable.Count)
            throw new StageException($"None of {places.Length} pictures can be read. Give a folder with pictures (jpg, png, webp, bmp or gif).");
        if (!isDigested)
            (digest, isDigested) = (Convert.ToHexStringLower(hash.GetHashAndReset()), true);
    }

    /// <summary>Checks that a graph takes what the contract gives.</summary>
    /// <exception cref="StageException">It does not.</exception>
    public static void CheckSize(ModelProto model, Preprocess preprocess, string where)
    {
        var (name, dimensions, _) = GraphProbe.InputOf(model, where);
        if (dimensions[1] != 3 || dimensions[2] != preprocess.Height || dimensions[3] != preprocess.Width)
            throw new StageException($"{where}: its input {name} is [{string.Join(", ", dimensions)}], but {IModel.PreprocessFile} gives [1, 3, {preprocess.Height}, {preprocess.Width}]. Export the model again.");
    }

    private static ISampleSet Open(StageContext context, Split split, out bool isFolder)
    {
        var data = context.RequireData();
        isFolder = data is UnlabelledDataSource;
        return data is UnlabelledDataSource photos ? photos.OpenUnchecked() : data.Open(split);
    }

    private Sample? Load(int place, StageContext context)
    {
        try
        {
            return set.Load(place);
        }
        catch (StageException problem) when (skips)
        {
            unreadable.Add(place);
            context.Log.Say($"Left out: {problem.Message}");
            return null;
        }
    }
}
