namespace Niwaki;

/// <summary>One step of a recipe.</summary>
/// <param name="Name">Unique in the recipe; other steps refer to it.</param>
/// <param name="Stage">What is done.</param>
public sealed record RecipeStep(string Name, Stage Stage)
{
    /// <summary>What the stage works on: an earlier step, or the folder of an artifact. Default: the step before.</summary>
    public ArtifactReference? From { get; init; }

    /// <summary>The dataset of this step alone, such as scenes to pretrain on. Default: the recipe's.</summary>
    public DataSource? Data { get; init; }

    /// <summary>The seed of this step alone, in every round of the recipe: one costly teacher then serves all seeds of its students. Default: the recipe's.</summary>
    public int? Seed { get; init; }
}
