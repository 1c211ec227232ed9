using System.Text.RegularExpressions;

namespace Niwaki.Parity.Tests;

/// <summary>
/// How a library names and lays out the tensors of a family: written from the library's modules, independent of the namings that read them,
/// in the other direction.
/// </summary>
/// <param name="Naming">The naming that has to recognise it.</param>
/// <param name="Family">The backbone, by its name in the catalog.</param>
internal sealed record ForeignLibrary(string Naming, string Family)
{
    /// <summary>The heads that it has.</summary>
    public IReadOnlyList<string> Heads { get; init; } = ["linear"];

    /// <summary>
    /// Ours to theirs; the first pattern that matches the whole name decides. A target ending in <c>&lt;q&gt;</c> is that part of a tensor which holds
    /// q, k and v, one above the other; in <c>&lt;q@&gt;</c>, for one head after the other.
    /// </summary>
    public required IReadOnlyList<(string Ours, Func<Match, string> Theirs)> Names { get; init; }

    /// <summary>What the library cannot express is taken out of a random network.</summary>
    public Func<Backbone, Backbone> Expressible { get; init; } = backbone => backbone;

    /// <summary>What it stores beside the weights.</summary>
    public Func<Architecture, IEnumerable<KeyValuePair<string, Weight>>> Stored { get; init; } = _ => [];

    /// <summary>A tensor of the other library's layout.</summary>
    public Func<string, Weight, Weight> Laid { get; init; } = (_, weight) => weight;

    /// <summary>The state dict that the library would save.</summary>
    public Dictionary<string, Weight> StateOf(Architecture architecture, IReadOnlyDictionary<string, Weight> weights)
    {
        var state = new Dictionary<string, Weight>(StringComparer.Ordinal);
        var parts = new Dictionary<string, Dictionary<char, Weight>>(StringComparer.Ordinal);
        foreach (var (name, weight) in weights)
        {
            var theirs = Theirs(name);
            if (Regex.Match(theirs, "^(.*)<([qkv])(@?)>$") is not { Success: true } match)
            {
                state[theirs] = Laid(theirs, weight);
                continue;
            }

            var fused = match.Groups[1].Value + match.Groups[3].Value;
            (parts.TryGetValue(fused, out var known) ? known : parts[fused] = [])[match.Groups[2].Value[0]] = weight;
        }

        foreach (var (fused, each) in parts)
            state[fused.TrimEnd('@')] = Fused(each, fused.EndsWith('@') ? HeadWidth(architecture, fused) : 0);
        foreach (var (name, weight) in Stored(architecture))
            state[name] = weight;
        foreach (var mean in state.Keys.Where(name => name.EndsWith(".running_mean", StringComparison.Ordinal)).ToArray())
            state[mean.Replace(".running_mean", ".num_batches_tracked", StringComparison.Ordinal)] = new Weight(new Shape(), [7]);
        return state;
    }

    private string Theirs(string name)
    {
        foreach (var (ours, theirs) in Names)
        {
            if (Regex.Match(name, $"^{ours}$") is { Success: true } match)
                return theirs(match);
        }

        throw new InvalidOperationException($"{Naming}: nobody said what {name} is called there.");
    }

    // rows of q, k and v as whole blocks, or block by block of a head
    private static Weight Fused(Dictionary<char, Weight> parts, int headWidth)
    {
        var (q, k, v) = (parts['q'], parts.GetValueOrDefault('k') ?? parts['q'] with { Values = new float[parts['q'].Values.Length] }, parts['v']);
        var row = q.Values.Length / q.Shape[0];
        var rows = new List<float>();
        if (headWidth == 0)
            rows.AddRange([.. q.Values, .. k.Values, .. v.Values]);
        else
        {
            foreach (var ((first, second), third) in q.Values.Chunk(headWidth * row).Zip(k.Values.Chunk(headWidth * row)).Zip(v.Values.Chunk(headWidth * row)))
                rows.AddRange([.. first, .. second, .. third]);
        }

        return new Weight(q.Shape.With(0, q.Shape[0] + k.Shape[0] + v.Shape[0]), [.. rows]);
    }

    private static int HeadWidth(Architecture architecture, string name)
    {
        var numbers = Regex.Matches(name, @"\.(\d+)").Select(match => int.Parse(match.Groups[1].Value)).ToArray();
        return architecture.Backbone switch
        {
            TinyVitBackbone tiny => tiny.Stages[numbers[0] - 1].Blocks[numbers[1]].HeadWidth,
            EfficientVitBackbone efficient => efficient.Stages[numbers[0]].HeadWidth,
            _ => throw new InvalidOperationException(name),
        };
    }
}
