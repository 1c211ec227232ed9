using System.Text.Json;

namespace Niwaki.Onnx;

/// <summary>What a search found out, line by line in a file: an interrupted one goes on without asking again, and times that were once measured stay.</summary>
internal sealed class SearchMemory
{
    private readonly string path;
    private readonly Vocabulary vocabulary;
    private readonly Dictionary<string, JsonElement> known = new(StringComparer.Ordinal);

    private sealed record Line(string Key, JsonElement Value);

    /// <summary>Opens or begins a memory.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="vocabulary">Its JSON.</param>
    public SearchMemory(string path, Vocabulary vocabulary)
    {
        (this.path, this.vocabulary) = (path, vocabulary);
        if (!File.Exists(path))
            return;
        foreach (var line in File.ReadLines(path))
        {
            try
            {
                if (JsonSerializer.Deserialize<Line>(line) is { Key: not null } entry)
                    known[entry.Key] = entry.Value;
            }
            catch (JsonException)
            {
                // the process was killed while it wrote this line: it is asked again
            }
        }
    }

    /// <summary>How many answers are known.</summary>
    public int Count => known.Count;

    /// <summary>What was found out before, or now.</summary>
    public T Recall<T>(string key, Func<T> ask)
    {
        if (known.TryGetValue(key, out var value))
            return value.Deserialize<T>(vocabulary.Json)!;
        var answer = ask();
        var element = JsonSerializer.SerializeToElement(answer, vocabulary.Json);
        known[key] = element;
        try
        {
            File.AppendAllText(path, JsonSerializer.Serialize(new Line(key, element)) + "\n");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new StageException($"{path}: could not be written ({problem.Message}). Free space, then run the same command again: it resumes.", problem);
        }

        return answer;
    }
}
