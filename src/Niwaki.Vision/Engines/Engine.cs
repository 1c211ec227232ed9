namespace Niwaki.Vision;

/// <summary>What runs a model. Found by the <see cref="Catalog"/>, so that who measures or labels need not know what runs.</summary>
public abstract record Engine
{
    /// <summary>Whether it takes this kind of model.</summary>
    public abstract bool Runs(IModel model);

    /// <summary>Loads a model for one picture at a time at the size of its preprocessing contract.</summary>
    /// <param name="model">One that it <see cref="Runs"/>.</param>
    /// <param name="vocabulary">Reads the model's files.</param>
    /// <param name="threads">Threads inside an operator, at least 1.</param>
    /// <exception cref="StageException">The model's files cannot be used.</exception>
    public abstract ISegmenter Open(IModel model, Vocabulary vocabulary, int threads);

    /// <summary>The engine for a model.</summary>
    /// <exception cref="StageException">None takes it.</exception>
    public static Engine For(IModel model, Vocabulary vocabulary) =>
        vocabulary.Catalog(typeof(Engine)).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => (Engine)Activator.CreateInstance(kind.Value)!)
            .FirstOrDefault(engine => engine.Runs(model))
        ?? throw new StageException($"{model.Folder}: no engine runs a {Catalog.Kebab(model.GetType().Name)}.");
}
