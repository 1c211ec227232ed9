namespace Niwaki;

/// <summary>A budget's judgement of a model: <c>verdict.json</c>.</summary>
public sealed record Judged(string Folder) : Artifact(Folder)
{
    /// <summary>File name of the <see cref="Niwaki.Verdict"/>.</summary>
    public const string VerdictFile = "verdict.json";

    /// <summary>The verdict.</summary>
    /// <exception cref="StageException">The file is missing or wrong.</exception>
    public Verdict Verdict(Vocabulary vocabulary)
    {
        var path = PathOf(VerdictFile);
        return File.Exists(path) ? vocabulary.Read<Verdict>(File.ReadAllText(path), path) : throw new StageException($"{path}: is missing. Run the gate again.");
    }
}
