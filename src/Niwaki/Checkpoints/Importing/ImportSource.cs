namespace Niwaki;

/// <summary>The files behind what the user named.</summary>
/// <param name="Weights">A checkpoint, or the index of one in parts.</param>
/// <param name="Folder">What lies beside it may describe it; null where only a file was named.</param>
internal sealed record ImportSource(string Weights, string? Folder)
{
    private const string HubScheme = "hf:";
    private const string Index = ".index.json";

    /// <summary>In the order of preference.</summary>
    internal static readonly string[] Usual = ["model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin"];

    internal static readonly string[] Suffixes = [".safetensors", ".pth", ".pt", ".bin"];

    /// <summary>Finds, or downloads where the source is on a hub.</summary>
    public static ImportSource Resolve(string source, Bytes maxDownload, StageContext context)
    {
        if (source.StartsWith(HubScheme, StringComparison.Ordinal))
            return In(Hub.FromEnvironment(context, maxDownload).Download(HubName.Parse(source[HubScheme.Length..])));
        return Directory.Exists(source) ? In(source) : new ImportSource(source, null);
    }

    /// <summary>Everything that is read.</summary>
    public IEnumerable<string> Files()
    {
        yield return Weights;
        if (Weights.EndsWith(Index, StringComparison.Ordinal) && File.Exists(Weights))
        {
            foreach (var part in Shards.Map(Weights).Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                yield return Path.Combine(Path.GetDirectoryName(Weights)!, part);
        }

        foreach (var description in (string[])[FolderDescription.ConfigFile, FolderDescription.PreprocessorFile])
        {
            if (Folder is not null && Path.Combine(Folder, description) is var path && File.Exists(path))
                yield return path;
        }
    }

    private static ImportSource In(string folder)
    {
        if (File.Exists(Path.Combine(folder, ArtifactStore.ManifestFile)))
            throw new StageException($"{folder}: is an artifact of Niwaki already. Give it to the next stage with --in.");
        var names = Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!).ToHashSet(StringComparer.Ordinal);
        if (Usual.FirstOrDefault(names.Contains) is { } usual)
            return new ImportSource(Path.Combine(folder, usual), folder);
        var found = Candidates(names);
        return found switch
        {
            [var only] => new ImportSource(Path.Combine(folder, only), folder),
            [] => throw new StageException($"{folder}: holds no checkpoint ({string.Join(", ", Suffixes.Select(suffix => "*" + suffix))})."),
            _ => throw new StageException($"{folder}: holds several checkpoints ({string.Join(", ", found)}). Give the path of one."),
        };
    }

    /// <summary>What may be a checkpoint, in alphabetical order.</summary>
    internal static string[] Candidates(IEnumerable<string> names) =>
        [.. names.Where(name => Suffixes.Any(suffix => name.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))).Order(StringComparer.Ordinal)];
}
