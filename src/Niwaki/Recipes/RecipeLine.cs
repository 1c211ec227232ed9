namespace Niwaki;

/// <summary>A recipe in the making whose last step gives a <typeparamref name="T"/>: only a stage that takes it can follow.</summary>
/// <typeparam name="T">The artifact kind at its end.</typeparam>
/// <param name="Recipe">The steps so far.</param>
/// <param name="Last">The step that the next one works on; <see langword="null"/> at the start.</param>
public sealed record RecipeLine<T>(Recipe Recipe, string? Last)
    where T : Artifact
{
    /// <summary>The last step, for a stage that refers to it.</summary>
    /// <exception cref="InvalidOperationException">No step yet.</exception>
    public ArtifactReference Reference => new(Last ?? throw new InvalidOperationException("The start of a recipe cannot be referred to."));

    /// <summary>Goes on from the end of an earlier line, with all steps so far.</summary>
    /// <exception cref="ArgumentException">The line's end is no step of this recipe.</exception>
    public RecipeLine<TEarlier> From<TEarlier>(RecipeLine<TEarlier> earlier)
        where TEarlier : Artifact
    {
        ArgumentNullException.ThrowIfNull(earlier);
        if (earlier.Last is { } last && Recipe.Steps.All(step => step.Name != last))
            throw new ArgumentException($"'{last}' is no step of this recipe.", nameof(earlier));
        return new RecipeLine<TEarlier>(Recipe, earlier.Last);
    }

    internal RecipeLine<TOut> Add<TOut>(string? name, Stage stage)
        where TOut : Artifact
    {
        var free = name ?? stage.Name;
        for (var number = 2; name is null && Recipe.Steps.Any(step => step.Name == free); number++)
            free = $"{stage.Name}-{number}";
        var previous = Recipe.Steps.Count == 0 ? null : Recipe.Steps[^1].Name;
        var from = Last == previous ? null : new ArtifactReference(Last ?? RecipeProblems.Start);
        return new RecipeLine<TOut>(Recipe with { Steps = new ValueList<RecipeStep>(Recipe.Steps.Append(new RecipeStep(free, stage) { From = from })) }, free);
    }
}
