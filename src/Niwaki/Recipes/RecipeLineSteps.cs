namespace Niwaki;

/// <summary>How a <see cref="RecipeLine{T}"/> goes on. Extension methods, because only these can ask that the line's kind fits the stage's.</summary>
public static class RecipeLineSteps
{
    /// <summary>Adds a stage under its own name, numbered where that is taken.</summary>
    /// <typeparam name="T">What the line gives so far.</typeparam>
    /// <typeparam name="TIn">What the stage takes: <typeparamref name="T"/>, or what every <typeparamref name="T"/> is.</typeparam>
    /// <typeparam name="TOut">What the stage gives.</typeparam>
    public static RecipeLine<TOut> Then<T, TIn, TOut>(this RecipeLine<T> line, Stage<TIn, TOut> stage)
        where T : Artifact, TIn
        where TIn : class
        where TOut : Artifact
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(stage);
        return line.Add<TOut>(null, stage);
    }

    /// <summary>Adds a stage under a name.</summary>
    /// <typeparam name="T">What the line gives so far.</typeparam>
    /// <typeparam name="TIn">What the stage takes: <typeparamref name="T"/>, or what every <typeparamref name="T"/> is.</typeparam>
    /// <typeparam name="TOut">What the stage gives.</typeparam>
    public static RecipeLine<TOut> Then<T, TIn, TOut>(this RecipeLine<T> line, string name, Stage<TIn, TOut> stage)
        where T : Artifact, TIn
        where TIn : class
        where TOut : Artifact
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(stage);
        return line.Add<TOut>(name, stage);
    }
}
