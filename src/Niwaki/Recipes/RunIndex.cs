using System.Text.Json;
using System.Text.Json.Nodes;

namespace Niwaki;

/// <summary>What a run folder holds: which step became which artifact. Its file is <c>run.json</c>, rewritten after every step.</summary>
/// <param name="Recipe">The recipe as it ran.</param>
/// <param name="Steps">In the order in which they ran, for each seed.</param>
public sealed record RunIndex(Recipe Recipe, ValueList<RunStep> Steps)
{
    /// <summary>File name in the run folder.</summary>
    public const string FileName = "run.json";

    /// <summary>The folder of the artifact that the recipe took, where it takes one.</summary>
    public string? Input { get; init; }

    /// <summary>Why the run ended early.</summary>
    public string? Failure { get; init; }

    /// <summary>The version of Niwaki.</summary>
    public string? Version { get; init; }

    /// <summary>Whether a gate found a limit that does not hold.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool GateFailed => Steps.Any(step => step.Passed == false);

    /// <summary>Reads a run folder's index.</summary>
    /// <exception cref="StageException">The folder is no run.</exception>
    public static RunIndex Read(string folder, Vocabulary vocabulary)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path)
            ? vocabulary.Read<RunIndex>(Today(File.ReadAllText(path)), path)
            : throw new StageException($"{folder}: is not a run (it has no {FileName}). Give the folder that 'niwaki run' wrote.");
    }

    // runs of earlier versions name options that have become others
    private static string Today(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            OldOptions.Upgrade(json);
            return json?.ToJsonString() ?? text;
        }
        catch (Exception problem) when (problem is JsonException or ArgumentException)
        {
            return text; // whoever reads it says what is wrong
        }
    }
}
