using System.Text.Json;

namespace Niwaki;

/// <summary>
/// Tells from names and shapes whose checkpoint it is and of which network: every <see cref="Naming"/> reads the names, every preset says
/// which tensors it needs, and the nearest pair wins if nothing is left between them.
/// </summary>
internal sealed class Recognition
{
    private sealed record Candidate(ReadNames Names, string Removed, IReadOnlyDictionary<string, Weight> State, string Preset, Backbone Backbone, NameFit Fit)
    {
        public double Distance => Fit.Distance + Names.Unknown.Count;

        public bool Fitted { get; init; }
    }

    private readonly string where;
    private readonly JsonElement? config;
    private readonly ValueList<int> heads;
    private readonly IReadOnlyList<(ReadNames Names, string Removed, IReadOnlyDictionary<string, Weight> State)> readings;

    public Recognition(IReadOnlyDictionary<string, Weight> state, Vocabulary vocabulary, string where, JsonElement? config = null, ValueList<int>? heads = null)
    {
        (this.where, this.config, this.heads) = (where, config, heads ?? []);
        var namings = vocabulary.Catalog(typeof(Naming)).OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (Naming)Activator.CreateInstance(entry.Value)!).ToArray();
        readings = [.. ForeignPrefix.Variants(state).SelectMany(variant => namings.Select(naming => (new ReadNames(naming, variant.State), variant.Removed, variant.State))).Where(reading => reading.Item1.Known > 0)];
        if (readings.Count == 0)
            throw new StageException($"{where}: its tensors ({Few(state.Keys)}) are known to none of the namings {string.Join(", ", namings.Select(Name))}. {Advice}");
    }

    /// <summary>Whatever it is.</summary>
    public Recognized Any()
    {
        var targets = Presets.Names.Select(preset => (Preset: preset, Presets.Architecture($"{preset}+linear", 2).Backbone)).ToArray();
        var nearest = Candidates(targets).ToArray();
        var best = nearest.MinBy(candidate => candidate.Distance)!;
        var exact = nearest.Where(candidate => candidate.Fit.Exact && candidate.Distance <= best.Distance).ToArray();
        if (exact.Length == 0 || best.Fit.Resampled > 0)
            exact = Fitted(targets) is { } fitted ? [fitted] : exact;
        if (exact.Length == 0)
            throw Strange(nearest.MaxBy(candidate => (candidate.Fit.Found, -candidate.Distance))!);
        var chosen = exact.OrderBy(candidate => HasStoredWindow(candidate) ? 0 : 1).First();
        RefuseTwo(chosen.Names, targets);
        return Whole(chosen, [.. exact.Where(other => ReferenceEquals(other.Names, chosen.Names) && other != chosen).Select(other => other.Preset)]);
    }

    /// <summary>What the user says it is.</summary>
    /// <param name="model">A preset, or an architecture's file.</param>
    public Recognized As(string model)
    {
        var isFile = !Presets.Names.Contains(model.Split('+')[0]);
        var target = Presets.Architecture(model, 2);
        var best = readings.Select(reading =>
            {
                var (vectors, features) = NetworkTensors.OfBackbone(target.Backbone);
                var fit = reading.Names.Against(target.Head.ReadsVectors ? vectors : features, Architecture.BackboneName);
                return (Reading: reading, Distance: fit.Distance + reading.Names.Unknown.Count);
            })
            .MinBy(each => each.Distance).Reading;
        RefuseTwo(best.Names, [(model, target.Backbone)]);
        var classes = NetworkTensors.ClassesIn(target, best.Names.Shapes);
        var architecture = target with { Classes = classes ?? target.Classes };
        return new Recognized(best.Names.Naming, isFile ? architecture : best.Names.Naming.AsComputed(architecture, config), best.State)
        {
            Preset = isFile ? null : model,
            Prefix = best.Removed,
            HasClassifier = classes is not null,
        };
    }

    private IEnumerable<Candidate> Candidates(IReadOnlyList<(string Preset, Backbone Backbone)> targets)
    {
        foreach (var (preset, backbone) in targets)
        {
            var (vectors, features) = NetworkTensors.OfBackbone(backbone);
            foreach (var (names, removed, state) in readings)
            {
                var fits = (Vectors: names.Against(vectors, Architecture.BackboneName), Features: names.Against(features, Architecture.BackboneName));
                yield return new Candidate(names, removed, state, preset, backbone, fits.Features.Distance < fits.Vectors.Distance ? fits.Features : fits.Vectors);
            }
        }
    }

    private Candidate? Fitted(IReadOnlyList<(string Preset, Backbone Backbone)> families) => readings
        .SelectMany(reading => families.Select(family => (reading, family, backbone: Fit(family.Backbone, reading.Names.Shapes, heads))))
        .Where(each => each.backbone is not null)
        .SelectMany(each => new[] { each }.SelectMany(one => OneCandidate(one.reading, one.family.Preset, one.backbone!)))
        .Where(candidate => candidate.Fit.Exact)
        .MinBy(candidate => candidate.Distance);

    private static IEnumerable<Candidate> OneCandidate((ReadNames Names, string Removed, IReadOnlyDictionary<string, Weight> State) reading, string preset, Backbone backbone)
    {
        (IReadOnlyDictionary<string, ParameterSpec> Vectors, IReadOnlyDictionary<string, ParameterSpec> Features) specs;
        try
        {
            specs = NetworkTensors.OfBackbone(backbone);
        }
        catch (StageException)
        {
            yield break;                                                                // shapes that fit no network of this family
        }

        foreach (var needed in (IReadOnlyDictionary<string, ParameterSpec>[])[specs.Vectors, specs.Features])
            yield return new Candidate(reading.Names, reading.Removed, reading.State, preset, backbone, reading.Names.Against(needed, Architecture.BackboneName)) { Fitted = true };
    }

    // presets that differ in their windows alone have the same tensors
    private static bool HasStoredWindow(Candidate candidate) =>
        candidate.Backbone is not SwinV2Backbone swin
        || !candidate.Names.Shapes.TryGetValue(StoredWindows.NameOf($"{Architecture.BackboneName}.stages.0.blocks.0.attn"), out var window)
        || (swin.Stages[0].Blocks[0].Window, swin.Stages[0].PretrainedWindow) == (window[0], window[2]);

    private static Backbone? Fit(Backbone family, IReadOnlyDictionary<string, Shape> shapes, ValueList<int> heads)
    {
        try
        {
            return family.Fitted(shapes, heads);
        }
        catch (Exception problem) when (problem is KeyNotFoundException or ArgumentException or IndexOutOfRangeException or ArithmeticException)
        {
            return null;                                                                // the tensors are another family's
        }
    }

    private StageException Strange(Candidate nearest)
    {
        var family = Catalog.NameOf(nearest.Backbone.GetType(), typeof(Backbone));
        if (nearest.Fit.Found * 2 < nearest.State.Count)
            return new StageException($"{where}: its tensors ({Few(nearest.Names.Unknown.Count > 0 ? nearest.Names.Unknown : nearest.State.Keys)}) are those of no family that is known here. There are {string.Join(", ", Presets.Names)}.");
        return heads.Count == 0 && Fit(nearest.Backbone, nearest.Names.Shapes, []) is null && Fit(nearest.Backbone, nearest.Names.Shapes, [1]) is not null
            ? new StageException($"{where}: is a {family} under the names of {Name(nearest.Names.Naming)}, but of no preset's widths, and its number of attention heads is nowhere in its tensors. Give --heads, or the preset that it was trained as, --as BACKBONE+HEAD, or an architecture.json.")
            : new StageException($"{where}: looks most like {nearest.Preset} under the names of {Name(nearest.Names.Naming)}, but {nearest.Fit}. {Advice}");
    }

    private Recognized Whole(Candidate chosen, ValueList<string> also)
    {
        var names = chosen.Names;
        if (!names.Shapes.Keys.Any(name => name.StartsWith(Architecture.HeadName, StringComparison.Ordinal)))
            throw new StageException($"{where}: is the backbone {(chosen.Fitted ? $"of a {chosen.Preset} of other widths" : chosen.Preset)} under the names of {Name(names.Naming)}, without a head. Say which head it gets: --as {chosen.Preset}+{Example}.");
        foreach (var head in HeadNames(names))
        {
            var model = $"{chosen.Preset}+{head}";
            var architecture = Presets.Architecture(model, 2);
            if (chosen.Fitted && architecture.Backbone.Fitted(names.Shapes, heads) is { } backbone)
                architecture = architecture with { Backbone = backbone };
            if (NetworkTensors.ClassesIn(architecture, names.Shapes) is not { } classes)
                continue;
            architecture = architecture with { Classes = classes };
            if (!names.Against(NetworkTensors.Of(architecture), Architecture.HeadName).Exact)
                continue;
            return new Recognized(names.Naming, names.Naming.AsComputed(architecture, config), chosen.State)
            {
                Preset = chosen.Fitted ? null : model,
                AlsoKnownAs = [.. also.Select(other => $"{other}+{head}")],
                Prefix = chosen.Removed,
            };
        }

        throw new StageException($"{where}: its backbone is {chosen.Preset} under the names of {Name(names.Naming)}, but its head ({Few(names.Shapes.Keys.Where(name => name.StartsWith(Architecture.HeadName, StringComparison.Ordinal)))}) is none of {string.Join(", ", Presets.Heads)}. Say what it gets: --as {chosen.Preset}+{Example}.");
    }

    /// <summary>The heads that have these names, with every width that a tensor has.</summary>
    private static IEnumerable<string> HeadNames(ReadNames names)
    {
        const string Width = "WIDTH";
        var widths = names.Shapes.Where(each => each.Key.StartsWith(Architecture.HeadName, StringComparison.Ordinal) && each.Value.Rank > 1).Select(each => each.Value[0]).Distinct().OrderDescending().Take(16).ToArray();
        return Presets.Heads.SelectMany(head => head.Contains(Width, StringComparison.Ordinal) ? widths.Select(width => head.Replace(Width, $"{width}", StringComparison.Ordinal)) : [head]);
    }

    /// <summary>Names that are left over and that are a second network's.</summary>
    private void RefuseTwo(ReadNames chosen, IReadOnlyList<(string Preset, Backbone Backbone)> targets)
    {
        const int Few = 4;
        if (chosen.Unknown.Count < Few)
            return;
        var left = chosen.Unknown.ToHashSet(StringComparer.Ordinal);
        var specs = Presets.Names.Select(preset => (preset, Presets.Architecture($"{preset}+linear", 2).Backbone)).Concat(targets).DistinctBy(target => target.Backbone.GetType())
            .SelectMany(target => NetworkTensors.OfBackbone(target.Backbone) is var (vectors, features) ? vectors.Keys.Concat(features.Keys) : []).ToHashSet(StringComparer.Ordinal);
        foreach (var (names, _, state) in readings)
        {
            var second = names.Naming.Names(state.Keys.Where(left.Contains)).Count(each => each.Ours is { } ours && specs.Contains(ours.Replace('*', 'q')));
            if (second >= Few && second * 2 >= left.Count)
                throw new StageException($"{where}: holds two networks, one under the names of {Name(chosen.Naming)} and one under those of {Name(names.Naming)} ({Recognition.Few(left)}). Save the one that is meant in a file of its own.");
        }
    }

    private const string Example = "upernet-64";
    private const string Advice = "Give the preset that it was trained as, --as BACKBONE+HEAD, or an architecture.json.";

    private static string Name(Naming naming) => Catalog.NameOf(naming.GetType(), typeof(Naming));

    private static string Few(IEnumerable<string> names)
    {
        var all = names.Take(4).ToArray();
        return string.Join(", ", all.Take(3)) + (all.Length > 3 ? ", …" : string.Empty);
    }
}
