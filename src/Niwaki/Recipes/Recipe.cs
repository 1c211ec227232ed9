using System.Text.Json.Serialization;

namespace Niwaki;

/// <summary>A list of stages with names, the data they work on, and the seeds: what <c>niwaki run</c> carries out.</summary>
/// <param name="Name">Names the run's folder.</param>
public sealed record Recipe(string Name)
{
    /// <summary>Where an editor finds the schema; not used here.</summary>
    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    /// <summary>What the recipe shows, for people.</summary>
    public string? Description { get; init; }

    /// <summary>Every step runs once for each seed; figures are then given as mean ± standard deviation.</summary>
    public ValueList<int> Seeds { get; init; } = [1];

    /// <summary>The dataset of all steps that name none of their own.</summary>
    public DataSource? Data { get; init; }

    /// <summary>Profiles of devices, such as <c>devices/jetson-nano-4gb.json</c>, for which the report predicts the latency of every measured graph, apart from what was measured.</summary>
    public ValueList<string> Devices { get; init; } = [];

    /// <summary>The artifact kind that the first step works on: <c>nothing</c> for a recipe that makes its own model, otherwise what is given to the run.</summary>
    public string Takes { get; init; } = Kind(typeof(Nothing));

    /// <summary>The steps, in the order in which they run.</summary>
    public ValueList<RecipeStep> Steps { get; init; } = [];

    /// <summary>Begins a recipe that makes its own model.</summary>
    public static RecipeLine<Nothing> ForNothing { get; } = new(new Recipe("recipe"), null);

    /// <summary>Begins a recipe for a network that is given.</summary>
    public static RecipeLine<TorchModel> ForTorch { get; } = new(new Recipe("recipe") { Takes = Kind(typeof(TorchModel)) }, null);

    /// <summary>Begins a recipe for an ONNX graph that is given.</summary>
    public static RecipeLine<OnnxModel> ForOnnx { get; } = new(new Recipe("recipe") { Takes = Kind(typeof(OnnxModel)) }, null);

    /// <summary>Reads a recipe file and validates it.</summary>
    /// <exception cref="StageException">All that is wrong with it, each with the step's name.</exception>
    public static Recipe Load(string path, Vocabulary vocabulary)
    {
        if (!File.Exists(path))
            throw new StageException($"{path}: there is no such recipe.");
        var recipe = Parse(File.ReadAllText(path), path, vocabulary);
        recipe.Validate(vocabulary, path);
        return recipe;
    }

    /// <summary>Reads a recipe's JSON, in which comments and trailing commas are allowed.</summary>
    /// <param name="json">The text.</param>
    /// <param name="where">Names the text in an error.</param>
    /// <param name="vocabulary">The known stages.</param>
    /// <exception cref="StageException">Unknown keys, missing keys and values of a wrong type, each with the step's name.</exception>
    public static Recipe Parse(string json, string where, Vocabulary vocabulary) => RecipeJson.Parse(json, where, vocabulary);

    /// <summary>Reports wrong orders, unknown references, doubled names and options out of range before anything runs.</summary>
    /// <param name="vocabulary">The known artifacts.</param>
    /// <param name="where">Names the recipe in the error; default: its name.</param>
    /// <exception cref="StageException">All that is wrong, each with the step's name.</exception>
    public void Validate(Vocabulary vocabulary, string? where = null) => RecipeProblems.Throw(where ?? Name, RecipeProblems.Of(this, vocabulary));

    /// <summary>Opens every dataset that is named, so that a missing one is told before hours of work and not after them.</summary>
    /// <exception cref="StageException">A dataset has no classes, or neither pictures to train nor to validate.</exception>
    public void RequireData()
    {
        foreach (var source in Steps.Select(step => step.Data).Append(Data).OfType<DataSource>().Distinct())
        {
            source.Classes();
            try
            {
                source.Open(Split.Train);
            }
            catch (StageException problem)
            {
                try
                {
                    source.Open(Split.Validation);
                }
                catch (StageException)
                {
                    throw new StageException($"{Name}: {problem.Message}", problem);
                }
            }
        }
    }

    /// <summary>Reads every device's profile, so that a missing one is told before hours of work and not after them.</summary>
    /// <exception cref="StageException">One is missing, or is no profile.</exception>
    public void RequireDevices(Vocabulary vocabulary)
    {
        foreach (var file in Devices)
        {
            try
            {
                DeviceProfile.Read(file, vocabulary);
            }
            catch (StageException problem)
            {
                throw new StageException($"{Name}, devices: {problem.Message}", problem);
            }
        }
    }

    /// <summary>The dataset that a step works on.</summary>
    internal DataSource? DataOf(string step) => Steps.FirstOrDefault(each => each.Name == step)?.Data ?? Data;

    internal static string Kind(Type artifact) => Catalog.NameOf(artifact, typeof(Artifact));
}
