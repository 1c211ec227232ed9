namespace Niwaki;

/// <summary>A whole network made of a checkpoint: what it has is taken over, a new head or classifier starts anew, everything else is refused.</summary>
internal sealed record ImportedNetwork(Architecture Architecture, IReadOnlyList<KeyValuePair<string, Weight>> Weights, Imported Imported, ValueList<string> Fresh)
{
    /// <param name="known">The checkpoint.</param>
    /// <param name="classes">How many the network gets.</param>
    /// <param name="preprocess">The input's size.</param>
    /// <param name="partial">Whether a checkpoint that does not fit is taken as far as it goes.</param>
    /// <param name="seed">Of what starts anew.</param>
    /// <param name="where">The file, for errors.</param>
    public static ImportedNetwork Of(Recognized known, int classes, Preprocess preprocess, bool partial, int seed, string where)
    {
        var architecture = known.Architecture with { Classes = classes };
        var classifier = NetworkTensors.Classifier(architecture).ToHashSet(StringComparer.Ordinal);
        var imported = known.Naming.Import(known.State, known.Architecture, preprocess.Height, preprocess.Width);
        if (!partial)
            Refuse(known, imported, classifier, where);
        var anew = classes == known.Architecture.Classes ? [] : classifier;
        var (weights, fresh) = (new List<KeyValuePair<string, Weight>>(), new List<string>());
        foreach (var spec in ParameterOps.Of(architecture, preprocess.Height, preprocess.Width))
        {
            if (!anew.Contains(spec.Name) && imported.Weights.TryGetValue(spec.Name, out var weight))
            {
                weights.Add(new(spec.Name, weight));
                continue;
            }

            fresh.Add(spec.Name);
            weights.Add(new(spec.Name, Initializer.Create(spec, seed)));
        }

        return fresh.Count < weights.Count ? new ImportedNetwork(architecture, weights, imported, [.. fresh]) : throw new StageException($"{where}: none of its tensors fits. Give the preset that it was trained as with --as.");
    }

    /// <summary>What happened, for the artifact.</summary>
    public ImportReport Report(Import options, Recognized known, ForeignState state) => new(options.Source, state.Format, Imported.Naming, Weights.Count - Fresh.Count)
    {
        Model = known.Preset,
        Entry = state.Entry.Length > 0 ? state.Entry : null,
        Prefix = known.Prefix.Length > 0 ? known.Prefix : null,
        Fresh = Fresh,
        Unused = Imported.Unused,
        Misfits = Imported.Misfits,
        Resampled = Imported.Resampled,
        Skipped = Imported.Skipped,
        Others = state.Others,
    };

    private static void Refuse(Recognized known, Imported imported, HashSet<string> classifier, string where)
    {
        const string Advice = "Give the preset that it was trained as with --as, or --partial to take what fits.";
        var (vectors, features) = NetworkTensors.OfBackbone(known.Architecture.Backbone);
        if (!imported.Weights.Keys.Concat(imported.Misfits).Any(name => name.StartsWith(Architecture.BackboneName, StringComparison.Ordinal)))
            throw new StageException($"{where}: is no {Model(known)}: it has no tensor of that backbone. {Advice}");
        if (imported.Misfits.Count > 0)
            throw new StageException($"{where}: has the right names and other widths than {Model(known)}: {Few(imported.Misfits)}. {Advice}");

        // a backbone's last norms belong to how it is read; a head that is not there at all is a new one
        var hasHead = imported.Weights.Keys.Any(name => name.StartsWith(Architecture.HeadName, StringComparison.Ordinal));
        var missing = imported.Missing.Where(name => name.StartsWith(Architecture.BackboneName, StringComparison.Ordinal)
            ? vectors.ContainsKey(name) && features.ContainsKey(name)
            : name.StartsWith(Architecture.HeadName, StringComparison.Ordinal) && hasHead && !classifier.Contains(name)).ToArray();
        if (missing.Length > 0)
            throw new StageException($"{where}: lacks tensors of {Model(known)}: {Few(missing)}. {Advice}");
        var surplus = known.Naming.Names(imported.Unused)
            .Where(each => each.Ours is { } ours && ours.StartsWith(Architecture.BackboneName, StringComparison.Ordinal) && !vectors.ContainsKey(ours.Replace('*', 'q')) && !features.ContainsKey(ours.Replace('*', 'q')))
            .Select(each => each.Foreign).ToArray();
        if (surplus.Length > 0)
            throw new StageException($"{where}: is a larger network than {Model(known)}, which has no place for {Few(surplus)}. {Advice}");
    }

    private static string Model(Recognized known) => known.Preset ?? "the given architecture";

    private static string Few(IReadOnlyList<string> names) => $"{string.Join("; ", names.Take(4))}{(names.Count > 4 ? $"; and {names.Count - 4} more" : string.Empty)}";
}
