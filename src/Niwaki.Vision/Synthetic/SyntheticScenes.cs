using System.Runtime.ExceptionServices;

namespace Niwaki.Vision;

/// <summary>Writes synthetic scenes to disk, in the layout of <see cref="FolderDataSource"/>.</summary>
public static class SyntheticScenes
{
    /// <summary>Names the options a folder was written with, so that a resumed run cannot mix two sets.</summary>
    private const string MarkerFile = ".synthetic";

    private const string SheetFile = "contact-sheet.png";

    /// <summary>So many scenes of the default size: nine tenths to train on, one tenth to validate on.</summary>
    /// <param name="count">2 or more.</param>
    /// <exception cref="StageException">Fewer than 2.</exception>
    public static SyntheticDataSource Of(int count)
    {
        if (count < 2)
            throw new StageException($"{count} synthetic scenes cannot be shared out between training and validation. Ask for at least 2.");
        var validation = Math.Max(1, count / 10);
        return new SyntheticDataSource { Train = count - validation, Validation = validation };
    }

    /// <summary>
    /// Writes both splits. Each file is whole or not there; the same call after an interruption writes what is missing, and
    /// <c>classes.json</c>, without which the folder is no dataset, comes last.
    /// </summary>
    /// <param name="folder">New, empty, or of an earlier call with the same options.</param>
    /// <param name="source">Which scenes.</param>
    /// <param name="log">Hears how far it is.</param>
    /// <param name="format">Of the pictures.</param>
    /// <param name="sheet">So many scenes with their masks on a <c>contact-sheet.png</c> to look at; 0 for none.</param>
    /// <param name="cancel">Stops between two scenes.</param>
    /// <exception cref="StageException">The folder holds something else, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop; the same call resumes.</exception>
    public static void Write(string folder, SyntheticDataSource source, IStageLog log, SceneFormat format = SceneFormat.Png, int sheet = 0, CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sheet);
        var splits = new[] { (Split: Split.Train, Name: "train"), (Split: Split.Validation, Name: "val") }.Select(split => (split.Name, Set: source.OpenUncached(split.Split))).ToArray();
        Claim(folder, $"{source.Digest()} {format}");
        var total = splits.Sum(split => split.Set.Count);
        var done = 0;
        foreach (var (name, set) in splits)
        {
            AllCores(
                set.Count,
                index =>
                {
                    WriteScene(Path.Combine(folder, name), set, index, format);
                    lock (splits)
                        log.Progress("scenes", ++done, total);
                },
                cancel);
        }

        if (sheet > 0)
            AtomicFile.WriteBytes(Path.Combine(folder, SheetFile), ContactSheet.Png([.. Enumerable.Range(0, Math.Min(sheet, splits[0].Set.Count)).Select(splits[0].Set.Load)], source.Classes(), zoom: Math.Max(1, 256 / source.Width)));
        AtomicFile.WriteText(Path.Combine(folder, FolderDataSource.ClassesFile), new Vocabulary().Write(source.Classes()));
        log.Say($"{folder}: {splits[0].Set.Count} scenes to train on and {splits[1].Set.Count} to validate on, {source.Width} x {source.Height}.");
    }

    private static void WriteScene(string folder, ISampleSet set, int index, SceneFormat format)
    {
        var name = $"{index:D6}";
        var image = Path.Combine(folder, "images", name + (format == SceneFormat.Png ? ".png" : ".jpg"));
        var mask = Path.Combine(folder, "masks", name + ".png");
        if (File.Exists(image) && File.Exists(mask))
            return;
        var sample = set.Load(index);
        AtomicFile.WriteBytes(image, format == SceneFormat.Png ? ImageCodec.EncodePng(sample.Image) : ImageCodec.EncodeJpeg(sample.Image));
        AtomicFile.WriteBytes(mask, ImageCodec.EncodePng(sample.Labels!));
    }

    private static void Claim(string folder, string options)
    {
        var marker = Path.Combine(folder, MarkerFile);
        if (File.Exists(marker))
        {
            if (File.ReadAllText(marker) != options)
                throw new StageException($"{folder}: holds synthetic scenes of other options (size, counts, seed, format or version). Choose another folder, or delete this one.");
            return;
        }

        if (File.Exists(folder))
            throw new StageException($"{folder}: is a file, but a folder is needed. Choose another name.");
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new StageException($"{folder}: is not empty and holds no synthetic scenes. Choose a new folder.");
        AtomicFile.WriteText(marker, options);
    }

    private static void AllCores(int count, Action<int> work, CancellationToken cancel)
    {
        try
        {
            Parallel.For(0, count, new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = Environment.ProcessorCount }, work);
        }
        catch (AggregateException problems)
        {
            ExceptionDispatchInfo.Throw(problems.Flatten().InnerExceptions[0]);
        }
    }
}
