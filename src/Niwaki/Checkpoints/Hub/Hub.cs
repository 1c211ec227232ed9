using System.Text.Json;

namespace Niwaki;

/// <summary>Downloads a model's files into the cache: resumed where it broke off, counted, checked by digest.</summary>
/// <param name="options">Where from and where to.</param>
/// <param name="context">Log, clock and interruption.</param>
internal sealed class Hub(HubOptions options, StageContext context)
{
    private const int MaxListing = 16 << 20;
    private static readonly string[] Descriptions = [FolderDescription.ConfigFile, FolderDescription.PreprocessorFile];

    /// <summary>As the environment says.</summary>
    public static Hub FromEnvironment(StageContext context, Bytes most) => new(HubOptions.From(Environment.GetEnvironmentVariable) with { Most = most }, context);

    /// <summary>The model's folder in the cache, with its weights and their descriptions.</summary>
    /// <exception cref="StageException">There is none, it may not be read, or it did not arrive whole.</exception>
    public string Download(HubName name)
    {
        try
        {
            var cache = new HubCache(options.Cache, name);
            if (options.Offline)
            {
                return cache.KnownCommit() is { } commit
                    ? cache.Snapshot(commit)
                    : throw new StageException($"{name}: is not in the cache ({options.Cache}), and HF_HUB_OFFLINE forbids to download it. Unset it, or give the model's folder.");
            }

            using var client = new HubClient(options, context);
            return Download(name, cache, client);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{name}: could not be stored in {options.Cache} ({problem.Message}). Free space or choose another folder with HF_HOME, then run the same command again: it resumes.", problem);
        }
    }

    private string Download(HubName name, HubCache cache, HubClient client)
    {
        var (commit, files) = Listing(name, client);
        var weights = ImportSource.Usual.FirstOrDefault(files.Contains) ?? ImportSource.Candidates(files.Where(file => !file.Contains('/', StringComparison.Ordinal))) switch
        {
            [var only] => only,
            [] => throw new StageException($"{name}: has no checkpoint that is known here (model.safetensors, pytorch_model.bin, or one file *.safetensors, *.pth, *.pt or *.bin)."),
            var several => throw new StageException($"{name}: has several checkpoints ({string.Join(", ", several)}). Download the one that is meant and give its path."),
        };
        var left = options.Most.Value;
        foreach (var description in Descriptions.Where(files.Contains))
            Fetch(description);
        Fetch(weights);
        if (weights.EndsWith(".index.json", StringComparison.Ordinal))
        {
            foreach (var part in Shards.Map(Path.Combine(cache.Snapshot(commit), weights)).Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                Fetch(part);
        }

        cache.Remember(commit);
        return cache.Snapshot(commit);

        void Fetch(string file)
        {
            var path = cache.Find(commit, file) ?? client.Fetch(name, commit, file, cache, left);
            left -= new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(path).Length;
        }
    }

    private static (string Commit, HashSet<string> Files) Listing(HubName name, HubClient client)
    {
        var text = client.Text($"api/models/{name.Repository}/revision/{Uri.EscapeDataString(name.Revision)}", name, MaxListing);
        try
        {
            using var json = JsonDocument.Parse(text);
            var commit = json.RootElement.GetProperty("sha").GetString() ?? string.Empty;
            if (commit.Length is 0 or > 64 || !commit.All(char.IsAsciiHexDigit))
                throw new StageException($"{name}: the hub calls its commit '{commit}', which is none. Check HF_ENDPOINT.");
            // names lead to files in the cache: only plain ones
            var files = json.RootElement.GetProperty("siblings").EnumerateArray().Select(file => file.GetProperty("rfilename").GetString() ?? string.Empty).Where(file => file.Length is > 0 and <= 255 && file.AsSpan().IndexOfAny("\\:\0") < 0 && !file.Split('/').Any(part => part is "" or "." or ".."));
            return (commit, files.ToHashSet(StringComparer.Ordinal));
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new StageException($"{name}: the hub's answer is no description of a model ({problem.Message}). Check HF_ENDPOINT.", problem);
        }
    }
}
