using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Niwaki.Onnx.Proto;

namespace Niwaki.Onnx;

/// <summary>
/// Looks for options with which a graph loses no more than allowed and is measured faster: calibrators and refinements by what they
/// give on judged pictures, layers that 8 bits make slower back to float, then the layers that cost most accuracy for the time that
/// they save, and at the end the whole graph against the float graph in turns.
/// </summary>
/// <param name="options">Where the search begins.</param>
/// <param name="original">The float graph as it came.</param>
/// <param name="make">Quantizes it.</param>
/// <param name="judge">Compares with it.</param>
/// <param name="memory">What is known already.</param>
/// <param name="context">Told what happens; stops.</param>
internal sealed class AutoSearch(Quantize options, ModelProto original, Func<Quantize, QuantizedGraph> make, FidelityJudge judge, SearchMemory memory, StageContext context)
{
    // below this ratio of times 8 bits count as faster: what is left is within what the same graph varies by
    private const double Faster = 0.97;

    // and a change of the whole graph pays below this one
    private const double WorthIt = 0.99;

    // nothing that could still be gained shows in labels
    private const double Enough = 0.9995;
    private readonly List<SearchTry> tries = [];
    private readonly List<KeptNode> returned = [];
    private IReadOnlyList<BlockTime> blocks = [];
    private IReadOnlyList<LayerSensitivity> sensitivities = [];
    private (string Key, QuantizedGraph Graph)? last;
    private Fidelity exact = null!;

    private InterleavedTiming Timing => new() { Rounds = options.Search.Runs, Limit = options.Search.TimeLimit, ByProcessor = options.Search.Threads == 1 };

    /// <summary>Searches.</summary>
    /// <returns>Options that give the graph without a search, and what was found out.</returns>
    public (Quantize Options, SearchReport Report) Run()
    {
        exact = memory.Recall("float", () => judge.Float(context.Cancel));
        var best = TryCalibrators(Decided(options));
        (best, var result) = TryRefinements(best);
        context.Log.Say($"Best of {tries.Count} candidates: {Describe(best)}; {result}.");
        (best, result) = DropSlow(best, result);
        (best, result) = RaceKinds(best, result);
        (best, result) = DropCostly(best, result);
        return Prove(best, result);
    }

    /// <summary>The same options without the search.</summary>
    private static Quantize Decided(Quantize options) => options with { Auto = false, MaxDrop = new Quantize().MaxDrop, MaxChange = new Quantize().MaxChange, Search = new Search() };

    private double Limit => judge.HasMasks ? options.MaxDrop : options.MaxChange;

    private static string Describe(Quantize candidate) =>
        $"{Catalog.NameOf(candidate.Calibrator.GetType(), typeof(Calibrator))}{(candidate.Calibrator is PercentileCalibrator percentile ? string.Create(CultureInfo.InvariantCulture, $" {percentile.Percent}") : string.Empty)}{string.Concat(candidate.Refinements.Select(each => " + " + Catalog.NameOf(each.GetType(), typeof(Refinement))))}";

    private string KeyOf(Quantize candidate) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(candidate, context.Vocabulary.Json))))[..24];

    private QuantizedGraph Make(Quantize candidate)
    {
        var key = KeyOf(candidate);
        if (last is { } kept && kept.Key == key)
            return kept.Graph;
        last = null;
        var graph = make(candidate);
        last = (key, graph);
        return graph;
    }

    private Fidelity Judge(Quantize candidate, int? most = null) =>
        memory.Recall($"judge:{most}:{KeyOf(candidate)}", () => judge.Judge(Make(candidate).Written, context.Cancel, most));

    private Fidelity? Try(string title, Quantize candidate, bool required = true)
    {
        try
        {
            var result = Judge(candidate);
            tries.Add(new SearchTry($"{title}: {Describe(candidate)}", result, Chosen: false));
            return result;
        }
        catch (StageException problem) when (!required)
        {
            tries.Add(new SearchTry($"{title}: {Describe(candidate)}: {problem.Message}", null, Chosen: false));
            return null;
        }
    }

    /// <summary>The best calibrator; without what takes further passes over the pictures, so that all are compared alike.</summary>
    private Quantize TryCalibrators(Quantize given)
    {
        Calibrator[] calibrators = [given.Calibrator, .. options.Search.Calibrators.Where(each => each != given.Calibrator)];
        if (calibrators.Length == 1 || !given.Scheme.Calibrates)
            return given;
        (Calibrator Calibrator, Fidelity Result)? best = null;
        for (var i = 0; i < calibrators.Length; i++)
        {
            var found = Try("calibrator", Quick(given) with { Calibrator = calibrators[i] })!;
            if (best is not { } known || found.IsBetterThan(known.Result))
                best = (calibrators[i], found);
            context.Log.Progress("tries calibrators", i + 1, calibrators.Length, best.Value.Result.ToString());
        }

        return given with { Calibrator = best!.Value.Calibrator };
    }

    /// <summary>Options whose graph needs no pass over the pictures beside the one that was made.</summary>
    private static Quantize Quick(Quantize candidate) => candidate with { Refinements = [.. candidate.Refinements.Where(refinement => !refinement.Rounds && refinement is not BiasRefinement)] };

    private (Quantize Best, Fidelity Result) TryRefinements(Quantize best)
    {
        var result = Try("refinements as given", best)!;
        var refinements = options.Search.Refinements.Where(each => !options.Refinements.Contains(each)).ToArray();
        for (var i = 0; i < refinements.Length && result.Agreement < Enough; i++)
        {
            var candidate = best with { Refinements = [refinements[i], .. best.Refinements] };
            if (Try("with one more", candidate, required: false) is { } found && found.IsBetterThan(result))
                (best, result) = (candidate, found);
            context.Log.Progress("tries refinements", i + 1, refinements.Length, result.ToString());
        }

        var chosen = tries.FindLastIndex(each => each.Result == result);
        if (chosen >= 0)
            tries[chosen] = tries[chosen] with { Chosen = true };
        return (best, result);
    }

    /// <summary>Returns blocks to float that 8 bits do not make faster, where the whole graph is the faster for it.</summary>
    private (Quantize Best, Fidelity Result) DropSlow(Quantize best, Fidelity result)
    {
        var whole = Make(best);
        blocks = new BlockTimes(whole.Exact, whole.Written, whole.Plan, whole.Layouts).Of(options.Search.Threads, Timing, memory, context);
        var slow = blocks.Where(block => block.Int8.Ticks > Faster * block.Float.Ticks).ToArray();
        if (slow.Length == 0)
            return (best, result);
        var names = slow.SelectMany(block => block.Nodes).ToHashSet(StringComparer.Ordinal);
        var candidate = best with { Exclude = [.. best.Exclude, .. names.Order(StringComparer.Ordinal)] };
        var times = memory.Recall($"slow:{KeyOf(candidate)}", () => Time(whole.Written, make(candidate).Written));
        context.Log.Say(string.Create(CultureInfo.InvariantCulture, $"{names.Count} of {whole.Plan.Products.Count} products are not faster in 8 bits by themselves; with them in float the whole takes {Milliseconds(times[1])} instead of {Milliseconds(times[0])}."));
        // in float they cost no accuracy either: about equal is good enough
        if (times[1] > times[0] * 1.01)
            return (best, result);
        foreach (var block in slow)
            returned.AddRange(block.Nodes.Select(name => new KeptNode(name, "product", string.Create(CultureInfo.InvariantCulture, $"8 bits are not faster here: {Milliseconds(block.Float.Ticks)} in float, {Milliseconds(block.Int8.Ticks)} in 8 bits"))));
        return (candidate, Judge(candidate));
    }

    /// <summary>
    /// Races whole kinds of layers: those that often lose in 8 bits back to float, where only all of them together free a chain of conversions, and
    /// those that stay in float by default into 8 bits.
    /// </summary>
    private (Quantize Best, Fidelity Result) RaceKinds(Quantize best, Fidelity result)
    {
        if (!best.Scheme.Calibrates)
            return (best, result);
        var now = Make(best);
        foreach (var kind in LayerKinds.Of(now.Plan))
        {
            var nodes = kind.Nodes(now.Plan);
            if (nodes.Count == 0 || nodes.Count == now.Plan.Products.Count)
                continue;
            var candidate = kind.Change(best, nodes);
            var times = memory.Recall($"kind:{KeyOf(candidate)}:{KeyOf(best)}", () => Time(now.Written, Make(candidate).Written));
            var isFaster = times[1] < times[0] * WorthIt;
            var judged = isFaster ? Judge(candidate) : null;
            var isTaken = judged is not null && (judged.Drop(exact) <= Math.Max(Limit, result.Drop(exact)));
            context.Log.Say($"{kind.Title} ({nodes.Count}): the whole takes {Milliseconds(times[1])} instead of {Milliseconds(times[0])}{(isTaken ? "; so it is" : isFaster ? ", but it costs too much accuracy" : "; left as they are")}.");
            if (!isTaken)
                continue;
            returned.AddRange(kind.IsFloat ? nodes.Select(name => new KeptNode(name, "product", $"{kind.Title}: {Milliseconds(times[1])} instead of {Milliseconds(times[0])} for the whole graph")) : []);
            (best, result, now) = (candidate, judged!, Make(candidate));
        }

        return (best, result);
    }

    /// <summary>Returns layers to float until the drop is allowed: first those that cost most accuracy for the time they save.</summary>
    private (Quantize Best, Fidelity Result) DropCostly(Quantize best, Fidelity result)
    {
        if (result.Drop(exact) <= Limit)
            return (best, result);
        context.Log.Say(string.Create(CultureInfo.InvariantCulture, $"The drop is {result.Drop(exact):0.00} points, {Limit:0.00} are allowed: the sensitivity of each layer decides what returns to float."));
        var products = Make(best).Plan.Products.Select(product => (product.Node.Name, product.Macs)).ToArray();
        var list = new List<LayerSensitivity>();
        for (var i = 0; i < products.Length; i++)
        {
            var only = products[i].Name;
            var alone = Quick(best) with { Exclude = [.. best.Exclude, .. products.Where(other => other.Name != only).Select(other => other.Name)] };
            list.Add(new LayerSensitivity(only, Judge(alone, options.Search.SensitivityImages)));
            context.Log.Progress("sensitivity", i + 1, products.Length, only);
        }

        sensitivities = list;
        var gains = blocks.SelectMany(block => block.Nodes.Select(node => (node, Gain: Math.Max(0.0, block.Gain.Ticks) * Share(block, node, products)))).GroupBy(each => each.node, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.First().Gain, StringComparer.Ordinal);
        var least = Math.Max(1, gains.Values.DefaultIfEmpty(1).Average() / 20);
        string[] order = [.. list.OrderByDescending(layer => layer.Noise / (gains.GetValueOrDefault(layer.Node) + least)).Select(layer => layer.Node)];
        Quantize Without(int count) => best with { Exclude = [.. best.Exclude, .. order.Take(count).Order(StringComparer.Ordinal)] };
        var (low, high, found) = (0, order.Length, (Fidelity?)null);
        for (var step = 1; low + step < high; step *= 2)
        {
            var tried = Judge(Without(low + step));
            context.Log.Progress("returns layers to float", low + step, order.Length, tried.ToString());
            if (tried.Drop(exact) <= Limit)
            {
                (high, found) = (low + step, tried);
                break;
            }

            low += step;
        }

        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            var tried = Judge(Without(middle));
            if (tried.Drop(exact) <= Limit)
                (high, found) = (middle, tried);
            else
                low = middle;
        }

        var costly = order.Take(high).ToHashSet(StringComparer.Ordinal);
        returned.AddRange(list.Where(layer => costly.Contains(layer.Node)).Select(layer => new KeptNode(layer.Node, "product", $"costs too much accuracy: with it alone in 8 bits {layer.Result}")));
        context.Log.Say($"{high} of {order.Length} layers return to float.");
        return (Without(high), found ?? Judge(Without(high)));
    }

    /// <summary>Times the result against the float graph; gives that back where nothing was gained.</summary>
    private (Quantize Options, SearchReport Report) Prove(Quantize best, Fidelity result)
    {
        var graph = Make(best);
        var hasProducts = graph.Plan.Products.Count > 0;
        var times = memory.Recall($"proof:{KeyOf(best)}", () => Time(original, graph.Written));
        var isKept = !hasProducts || times[1] > times[0] * WorthIt;
        if (isKept)
        {
            context.Log.Say(hasProducts
                ? $"Nothing that is close enough to the float graph is faster in 8 bits on this machine ({Milliseconds(times[0])} in float, {Milliseconds(times[1])} in 8 bits, {options.Search.Threads} thread(s)): the float graph is kept as it is."
                : "No layer can stay in 8 bits: the float graph is kept as it is.");
            (best, result) = (best with { KeepFloat = true, Exclude = options.Exclude }, exact);
        }

        var report = new SearchReport(exact, result, TimeSpan.FromTicks(times[0]), TimeSpan.FromTicks(isKept ? times[0] : times[1]))
        {
            Threads = options.Search.Threads,
            Drop = result.Drop(exact),
            MaxDrop = Limit,
            KeptFloat = isKept,
            Tries = [.. tries],
            Blocks = [.. blocks],
            Sensitivities = [.. sensitivities],
            Returned = [.. returned],
        };
        if (!isKept)
            context.Log.Say(string.Create(CultureInfo.InvariantCulture, $"{Milliseconds(times[0])} in float, {Milliseconds(times[1])} in 8 bits: {(double)times[0] / times[1]:0.00}x with {options.Search.Threads} thread(s); {result}; drop {report.Drop:0.00} of {Limit:0.00} points."));
        return (best, report);
    }

    private static double Share(BlockTime block, string node, (string Name, Macs Macs)[] products)
    {
        var own = products.FirstOrDefault(product => product.Name == node).Macs.Value;
        return block.Macs.Value == 0 ? 0 : (double)own / block.Macs.Value;
    }

    private long[] Time(ModelProto one, ModelProto other)
    {
        using var left = new TimedGraph(one, "the float graph", options.Search.Threads);
        using var right = new TimedGraph(other, "the 8-bit graph", options.Search.Threads);
        return [.. Timing.Of([left, right], context.Cancel).Select(time => time.Ticks)];
    }

    private static string Milliseconds(long ticks) => string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(ticks).TotalMilliseconds:0.00} ms");
}
