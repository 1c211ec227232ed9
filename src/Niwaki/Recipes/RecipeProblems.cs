namespace Niwaki;

/// <summary>What is wrong with a recipe whose JSON is right.</summary>
internal static class RecipeProblems
{
    /// <summary>Names the beginning in <c>"from"</c>: what the recipe takes.</summary>
    public const string Start = "start";

    public static void Throw(string where, IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
            throw new StageException(problems.Count == 1 ? $"{where}: {problems[0]}" : $"{where}: {problems.Count} problems:\n  - {string.Join("\n  - ", problems)}");
    }

    public static List<string> Of(Recipe recipe, Vocabulary vocabulary)
    {
        var problems = new List<string>();
        if (!IsName(recipe.Name))
            problems.Add($"its name '{recipe.Name}' cannot name a folder: use letters, digits, '-', '_', '+' and '.'.");
        if (recipe.Seeds.Count == 0 || recipe.Seeds.Distinct().Count() != recipe.Seeds.Count)
            problems.Add($"seeds is {recipe.Seeds}, but one or more different whole numbers are needed, such as [1, 2, 3].");
        if (recipe.Steps.Count == 0)
            problems.Add("has no steps.");
        var kinds = vocabulary.Catalog(typeof(Artifact));
        if (!kinds.TryGetValue(recipe.Takes, out var start))
        {
            problems.Add($"takes '{recipe.Takes}', which is no artifact kind; known are {string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal))}.");
            start = typeof(Artifact);
        }

        var known = new Dictionary<string, Type>(StringComparer.Ordinal) { [Start] = start };
        var previous = Start;
        foreach (var step in recipe.Steps)
        {
            var where = $"step '{step.Name}' ({step.Stage.Name})";
            if (!IsName(step.Name))
                problems.Add($"{where}: the name cannot name a folder: use letters, digits, '-', '_', '+' and '.'.");
            else if (step.Name == Start)
                problems.Add($"{where}: '{Start}' means the beginning of the recipe; choose another name.");
            else if (known.ContainsKey(step.Name))
                problems.Add($"{where}: there is a step of that name already; choose another one.");
            if (Kind(step.From?.Name ?? previous, "from") is { } kind && !step.Stage.Input.IsAssignableFrom(kind))
                problems.Add($"{where}: takes a {Name(step.Stage.Input)}, but '{step.From?.Name ?? previous}' gives a {Name(kind)}. Change the order of the steps, or give \"from\".");
            foreach (var reference in step.Stage.References)
            {
                if (Kind(reference.Name, "refers to") is { } other && !step.Stage.KindOf(reference).IsAssignableFrom(other))
                    problems.Add($"{where}: refers to '{reference.Name}', which gives a {Name(other)}, where a {Name(step.Stage.KindOf(reference))} is needed.");
            }

            try
            {
                step.Stage.Validate();
            }
            catch (StageException problem)
            {
                problems.Add($"{where}: {problem.Message}");
            }

            known[step.Name] = step.Stage.Output;
            previous = step.Name;

            Type? Kind(string name, string relation)
            {
                if (known.TryGetValue(name, out var kind))
                    return kind;
                if (recipe.Steps.Any(other => other.Name == name))
                {
                    problems.Add($"{where}: {relation} '{name}', which runs {(name == step.Name ? "at this step itself" : "later")}. Steps run in the order of the list.");
                    return null;
                }

                if (Directory.Exists(name))
                {
                    try
                    {
                        return ArtifactStore.KindOf(name, vocabulary);
                    }
                    catch (StageException problem)
                    {
                        problems.Add($"{where}: {relation} {problem.Message}");
                        return null;
                    }
                }

                problems.Add($"{where}: {relation} '{name}', which is no earlier step and no folder{Spelling.DidYouMean(name, known.Keys)}");
                return null;
            }
        }

        return problems;
    }

    private static string Name(Type type) => Catalog.Kebab(type.IsInterface ? type.Name[1..] : type.Name);

    private static bool IsName(string name) => name.Length is > 0 and <= 100 && name[0] != '.' && name.All(letter => char.IsLetterOrDigit(letter) || letter is '-' or '_' or '.' or '+');
}
