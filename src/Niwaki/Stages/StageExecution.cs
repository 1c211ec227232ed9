namespace Niwaki;

/// <summary>Carries a stage out once: a finished artifact of the same key is used again, an interrupted one is finished, anything else runs.</summary>
public static class StageExecution
{
    /// <summary>What came of it.</summary>
    /// <param name="Artifact">Whole, its digests checked.</param>
    /// <param name="Key">The cache key.</param>
    /// <param name="Reused">Whether nothing had to run.</param>
    public sealed record Outcome(Artifact Artifact, string Key, bool Reused);

    /// <summary>Gives the artifact of <paramref name="stage"/>.</summary>
    /// <param name="stage">What is done.</param>
    /// <param name="input">What it is done to.</param>
    /// <param name="context">Its output folder is not used; each key gets a partial folder of its own.</param>
    /// <param name="folders">Where the artifact of a key goes, and where it is made.</param>
    /// <exception cref="StageException">The user can fix it.</exception>
    public static Outcome Produce(Stage stage, Artifact input, StageContext context, Func<string, (string Partial, string Final)> folders)
    {
        ArgumentNullException.ThrowIfNull(stage);
        ArgumentNullException.ThrowIfNull(folders);
        stage.Validate();
        var key = stage.CacheKey(input, context);
        var (partial, final) = folders(key);
        if (Reusable(final, key, context) is { } finished)
            return new Outcome(finished, key, Reused: true);
        try
        {
            if (ArtifactStore.FinishSealed(partial, final, key, context.Vocabulary) is { } sealedBefore)
                return new Outcome(sealedBefore, key, Reused: true);
            if (Directory.Exists(partial))
                context.Log.Say("resumes what was interrupted");
            return new Outcome(stage.Apply(input, context.Nested(partial), final), key, Reused: false);
        }
        catch (StageException) when (HoldsNothing(partial))
        {
            // refused before any work: no folder stays that would look like an interrupted one
            Directory.Delete(partial, recursive: true);
            throw;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{problem.Message} Free space or mend the permissions of '{partial}', then run the same command again: it resumes.", problem);
        }
    }

    private static bool HoldsNothing(string partial) =>
        Directory.Exists(partial) && Directory.EnumerateFileSystemEntries(partial).All(entry => Path.GetFileName(entry) == AttemptClock.NoteFile);

    private static Artifact? Reusable(string final, string key, StageContext context)
    {
        if (File.Exists(final))
            throw new StageException($"{final}: is a file, but the result is a folder. Choose another name.");
        if (!Directory.Exists(final) || !Directory.EnumerateFileSystemEntries(final).Any())
            return null;
        try
        {
            if (!File.Exists(Path.Combine(final, ArtifactStore.ManifestFile)))
                throw new StageException($"{final}: exists and is not an artifact. Choose another folder.");
            var artifact = ArtifactStore.Open(final, context.Vocabulary);
            return artifact.Lineage is [.., var last] && last.Key == key
                ? artifact
                : throw new StageException($"{final}: holds an artifact of other options, input, data or seed. Choose another folder, or delete this one.");
        }
        catch (StageException problem) when (Path.GetFileName(final) == key)
        {
            // a cache entry that is damaged is made again; the damaged one is kept for whoever wants to know why
            var aside = final + ".damaged";
            context.Log.Say($"{problem.Message} It is made again; the damaged one is kept as {Path.GetFileName(aside)}.");
            if (Directory.Exists(aside))
                Directory.Delete(aside, recursive: true);
            Directory.Move(final, aside);
            return null;
        }
    }
}
