using System.Text.Json;

namespace Niwaki;

/// <summary>A checkpoint in several files with an index that says which tensor is where.</summary>
internal static class Shards
{
    public static ForeignState Read(string index, string? entry)
    {
        if (!File.Exists(index))
            throw new StageException($"{index}: there is no such file.");
        var map = Map(index);
        var folder = Path.GetDirectoryName(Path.GetFullPath(index))!;
        var tensors = new Dictionary<string, Weight>(StringComparer.Ordinal);
        var files = new List<string> { index };
        var format = "safetensors";
        foreach (var shard in map.GroupBy(each => each.Value, StringComparer.Ordinal).OrderBy(shard => shard.Key, StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard.Key);
            if (!File.Exists(path))
                throw new StageException($"{index}: names {shard.Key}, which is not beside it. Copy all parts of the checkpoint.");
            var part = CheckpointFile.Read(path, entry);
            format = part.Format;
            files.Add(path);
            foreach (var (name, _) in shard)
            {
                if (!part.Tensors.TryGetValue(name, out var weight))
                    throw new StageException($"{index}: says that {name} is in {shard.Key}, which does not have it. The parts are of different checkpoints: copy them again.");
                tensors[name] = weight;
            }

            if (part.Tensors.Keys.FirstOrDefault(name => !map.TryGetValue(name, out var file) || file != shard.Key) is { } stray)
                throw new StageException($"{index}: {shard.Key} holds {stray}, which the index does not place there. The parts are of different checkpoints: copy them again.");
        }

        return new ForeignState(map.Keys.ToDictionary(name => name, name => tensors[name], StringComparer.Ordinal), $"{format} in {files.Count - 1} parts") { Files = [.. files] };
    }

    /// <summary>The files that an index names, each a plain name beside it.</summary>
    public static IReadOnlyDictionary<string, string> Map(string index)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            using var json = JsonDocument.Parse(TextFile.Read(index));
            foreach (var member in json.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                var file = member.Value.GetString() ?? string.Empty;
                if (file.Length is 0 or > 255 || file is "." or ".." || file.AsSpan().IndexOfAny("/\\:\0") >= 0)
                    throw new StageException($"{index}: places {member.Name} in '{file.Replace('\0', '?')}', which is no plain name of a file beside it. Take the checkpoint from where it was published.");
                if (!map.TryAdd(member.Name, file))
                    throw new StageException($"{index}: lists {member.Name} twice. The file is damaged: copy it again.");
            }
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new StageException($"{index}: is not an index of a checkpoint in parts ({problem.Message}).", problem);
        }

        return map.Count > 0 ? map : throw new StageException($"{index}: lists no tensors.");
    }
}
