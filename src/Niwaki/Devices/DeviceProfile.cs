using System.Text.Json;

namespace Niwaki;

/// <summary>A device that models are made for: one JSON file says what its runtimes take, what fits, and how fast it is at most.</summary>
/// <param name="Name">Short name, such as <c>jetson-nano-4gb</c>; the file is called so.</param>
/// <param name="Architecture">What its programs are built for.</param>
/// <param name="Cores">Processor cores.</param>
/// <param name="Memory">All of its memory; a GPU shares it.</param>
/// <param name="MemoryForModel">What is left for weights and activations when the system, the camera and the program run.</param>
/// <param name="Runtimes">What can run a graph; the first is the one that is meant where none is named.</param>
public sealed record DeviceProfile(string Name, DeviceArchitecture Architecture, int Cores, Bytes Memory, Bytes MemoryForModel, ValueList<DeviceRuntime> Runtimes)
{
    /// <summary>What it is, for people.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>Threads that an engine on the processor is given; 0: as many as there are cores.</summary>
    public int Threads { get; init; }

    /// <summary>Cycles a second of a processor core.</summary>
    public DeviceRate? Clock { get; init; }

    /// <summary>Where its figures stand.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>Reads a profile.</summary>
    /// <param name="path">A JSON file.</param>
    /// <param name="vocabulary">Reads it.</param>
    /// <exception cref="StageException">Missing, no JSON, an unknown key, or figures that no device has.</exception>
    public static DeviceProfile Read(string path, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such device profile. Profiles lie in the folder devices (such as devices/jetson-nano-4gb.json); write one for another device.");
        return Parse(TextFile.Read(path), path, vocabulary);
    }

    /// <summary>Reads a profile's text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Names it in an error.</param>
    /// <param name="vocabulary">Reads it.</param>
    /// <exception cref="StageException">No JSON, an unknown key, or figures that no device has.</exception>
    public static DeviceProfile Parse(string json, string where, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        var problems = new List<string>();
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            JsonKeys.Check(document.RootElement, typeof(DeviceProfile), vocabulary, string.Empty, problems);
        }
        catch (JsonException problem)
        {
            throw new StageException($"{where}, line {problem.LineNumber + 1}: is not JSON ({JsonKeys.Plain(problem.Message)})", problem);
        }

        RecipeProblems.Throw(where, problems);
        var profile = vocabulary.Read<DeviceProfile>(json, where);
        RecipeProblems.Throw(where, [.. profile.Problems()]);
        return profile;
    }

    /// <summary>The runtime of a name, or the first.</summary>
    /// <param name="name">One of <see cref="Runtimes"/>; <see langword="null"/> for the first.</param>
    /// <exception cref="StageException">The device has none of that name.</exception>
    public DeviceRuntime Runtime(string? name = null) => name is null
        ? Runtimes[0]
        : Runtimes.FirstOrDefault(runtime => runtime.Name == name)
          ?? throw new StageException($"{Name} has no runtime '{name}'{Spelling.DidYouMean(name, Runtimes.Select(runtime => runtime.Name))} It has {string.Join(", ", Runtimes.Select(runtime => runtime.Name))}.");

    private IEnumerable<string> Problems()
    {
        if (Name.Length == 0)
            yield return "its name is empty.";
        if (Cores < 1)
            yield return $"cores is {Cores}, but a number from 1 is needed.";
        if (Threads < 0)
            yield return $"threads is {Threads}; give a number from 1, or leave it out for as many as there are cores.";
        if (Memory.Value <= 0 || MemoryForModel.Value <= 0 || MemoryForModel > Memory)
            yield return $"memory is {Memory} with {MemoryForModel} for a model; both must be above zero, and the second cannot be larger.";
        if (Clock is not null && !(Clock.PerSecond > 0 && double.IsFinite(Clock.PerSecond)))
            yield return $"clock is {Clock.PerSecond}, but a number above zero is needed.";
        if (Runtimes.Count == 0)
            yield return "has no runtimes, but something has to run the graph.";
        if (Runtimes.Select(runtime => runtime.Name).Distinct(StringComparer.Ordinal).Count() != Runtimes.Count)
            yield return "two runtimes have one name.";
        foreach (var runtime in Runtimes)
        {
            if (runtime.Precisions.Count == 0)
                yield return $"{runtime.Name}: has no precisions, but it must compute in something.";
            if (runtime.OldestOpset < 1 || runtime.Opset < runtime.OldestOpset)
                yield return $"{runtime.Name}: opset {runtime.OldestOpset} to {runtime.Opset} is no range.";
            foreach (var (what, rate) in new[] { ("float32", runtime.Float32), ("float16", runtime.Float16), ("int8", runtime.Int8), ("bandwidth", runtime.Bandwidth) })
            {
                if (rate is not null && !(rate.PerSecond > 0 && double.IsFinite(rate.PerSecond)))
                    yield return $"{runtime.Name}: {what} is {rate.PerSecond}, but a number above zero is needed.";
            }
        }
    }
}
