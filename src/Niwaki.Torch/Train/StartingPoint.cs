namespace Niwaki.Torch;

/// <summary>The network that a training begins with.</summary>
internal sealed record StartingPoint(Architecture Architecture, Preprocess Preprocess, IReadOnlyList<ClassInfo> Classes, IReadOnlyDictionary<string, Weight> Weights)
{
    private const int DefaultSide = 256;

    public static StartingPoint Of(Training options, Artifact input, StageContext context)
    {
        var classes = context.RequireData().Classes();
        var model = input as TorchModel;
        var known = model?.Preprocess(context.Vocabulary) ?? new Preprocess(DefaultSide, DefaultSide);
        var preprocess = options.Preprocess ?? known with { Width = options.Width ?? known.Width, Height = options.Height ?? known.Height };
        var architecture = options.Model is { } name ? Presets.Architecture(name, classes.Count) : model!.Architecture(context.Vocabulary) with { Classes = classes.Count };
        if (architecture.Head is LinearHead)
            throw new StageException($"{options.Name}: the model ends in a linear head, which labels whole pictures and not pixels. Give a head such as upernet-64: --model BACKBONE+upernet-64.");

        using var fresh = Network.Create(architecture, preprocess.Height, preprocess.Width, context.Seed);
        var weights = fresh.Weights();
        return new StartingPoint(architecture, preprocess, classes, model is null ? weights : TakeOver(options, model, fresh, weights, classes, context));
    }

    private static Dictionary<string, Weight> TakeOver(Training options, TorchModel model, Network fresh, IReadOnlyDictionary<string, Weight> weights, IReadOnlyList<ClassInfo> classes, StageContext context)
    {
        var old = model.Weights(context.Vocabulary);
        var before = model.Classes(context.Vocabulary);
        var sameClasses = before.Select(each => each.Name).SequenceEqual(classes.Select(each => each.Name));
        var classifier = Classifier(fresh);
        var result = new Dictionary<string, Weight>(weights, StringComparer.Ordinal);
        var anew = new List<string>();
        foreach (var spec in fresh.Specs)
        {
            if (old.TryGetValue(spec.Name, out var weight) && weight.Shape == spec.Shape && (sameClasses || !classifier.Contains(spec.Name)))
                result[spec.Name] = weight;
            else
                anew.Add(spec.Name);
        }

        if (fresh.Specs.All(spec => anew.Contains(spec.Name) || !spec.Name.StartsWith(Architecture.BackboneName, StringComparison.Ordinal)))
            throw new StageException($"{options.Name}: the backbone of '{options.Model}' shares no tensor with '{model.Folder}'. Give the model that it was trained as, or start without it.");
        if (!sameClasses)
            context.Log.Say($"The dataset has {classes.Count} classes ({Few(classes.Select(each => each.Name))}), the model {before.Count} ({Few(before.Select(each => each.Name))}): its classifier starts anew.");
        if (anew.Count > 0)
            context.Log.Say($"{fresh.Specs.Count - anew.Count} of {fresh.Specs.Count} tensors come from {model.Folder}; these start anew: {Few(anew)}.");
        return result;
    }

    /// <summary>The tensors whose shape depends on the number of classes.</summary>
    private static HashSet<string> Classifier(Network network)
    {
        var wider = ParameterOps.Of(network.Architecture with { Classes = network.Architecture.Classes + 1 }, network.Height, network.Width).ToDictionary(spec => spec.Name, spec => spec.Shape, StringComparer.Ordinal);
        return network.Specs.Where(spec => wider[spec.Name] != spec.Shape).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);
    }

    private static string Few(IEnumerable<string> names)
    {
        var all = names.ToArray();
        return all.Length <= 6 ? string.Join(", ", all) : $"{string.Join(", ", all.Take(5))} and {all.Length - 5} more";
    }
}
