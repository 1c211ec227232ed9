namespace Niwaki;

/// <summary>Chooses the cut: which units go, so that a budget holds and widths stay multiples of what the hardware likes.</summary>
public sealed class ChannelSelection
{
    private const int Refusals = 50;

    private readonly ChannelGraph graph;
    private readonly IReadOnlyList<ChannelGroup> groups;
    private readonly CostKind kind;
    private readonly int[][] widths;                                                    // of each group: what it may have, descending

    /// <summary>A selection among groups.</summary>
    /// <param name="graph">The dense network.</param>
    /// <param name="groups">Which of its groups may be cut; none of them fixed.</param>
    /// <param name="kind">What the budget counts.</param>
    /// <param name="roundTo">Filters, neurons and streams keep a multiple of this many channels, or all.</param>
    /// <param name="least">How many units of a group stay in any case; at least one does.</param>
    public ChannelSelection(ChannelGraph graph, IReadOnlyList<ChannelGroup> groups, CostKind kind, int roundTo, Func<ChannelGroup, int> least)
    {
        if (groups.FirstOrDefault(group => group.Fixed is not null) is { } rigid)
            throw new ArgumentException($"{rigid.Name} is fixed: {rigid.Fixed}.", nameof(groups));
        (this.graph, this.groups, this.kind) = (graph, groups, kind);
        widths = [.. groups.Select(group => Widths(group, roundTo, least(group)))];
        Smallest = Cost([.. widths.Select(allowed => allowed[^1])]);
        int[] whole = [.. groups.Select(group => group.Units)];
        var dense = Cost(whole);
        UnitCosts = [.. groups.Select((_, i) => UnitCost(i, whole, dense))];
    }

    /// <summary>The cost when everything is cut that may be.</summary>
    public long Smallest { get; }

    /// <summary>For each group, what one unit costs in the dense network.</summary>
    public IReadOnlyList<double> UnitCosts { get; }

    /// <summary>The cut that holds the budget, with the least important units gone.</summary>
    /// <param name="scores">For each group and unit its importance, comparable between groups.</param>
    /// <param name="budget">Most cost that may be left.</param>
    /// <exception cref="ArgumentException">The budget is below <see cref="Smallest"/>.</exception>
    public ChannelCut Choose(IReadOnlyList<IReadOnlyList<double>> scores, long budget)
    {
        if (budget < Smallest)
            throw new ArgumentException($"{budget} is less than can be reached, {Smallest}.", nameof(budget));
        var order = scores.Select(each => Enumerable.Range(0, each.Count).OrderByDescending(unit => each[unit]).ToArray()).ToArray();

        // a step narrows one group from one allowed width to the next; its price is the mean importance of what goes
        var steps = new List<(int Group, int Step, double Price)>();
        for (var i = 0; i < groups.Count; i++)
        {
            for (var step = 1; step < widths[i].Length; step++)
                steps.Add((i, step, order[i][widths[i][step]..widths[i][step - 1]].Average(unit => scores[i][unit])));
        }

        steps = [.. steps.OrderBy(step => step.Price).ThenBy(step => step.Step)];
        var taken = FewestThatHold(steps, budget);
        return ToCut(order, GiveBack(steps[..taken], budget));
    }

    // costs fall with every step, so that bisection finds the first place where the budget holds
    private int FewestThatHold(List<(int Group, int Step, double Price)> steps, long budget)
    {
        var (low, high) = (0, steps.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Cost(After(steps[..middle])) <= budget)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    // the last step may have saved more than was needed: dearer steps come back first, a group's steps in order
    private int[] GiveBack(List<(int Group, int Step, double Price)> taken, long budget)
    {
        var current = After(taken);
        var done = new HashSet<int>();
        var refused = 0;
        foreach (var (group, step, _) in Enumerable.Reverse(taken))
        {
            if (refused == Refusals)
                break;
            if (done.Contains(group))
                continue;
            var wider = (int[])current.Clone();
            wider[group] = widths[group][step - 1];
            if (Cost(wider) <= budget)
            {
                current = wider;
            }
            else
            {
                done.Add(group);
                refused++;
            }
        }

        return current;
    }

    private int[] After(List<(int Group, int Step, double Price)> taken)
    {
        int[] kept = [.. groups.Select(group => group.Units)];
        foreach (var (group, step, _) in taken)
            kept[group] = Math.Min(kept[group], widths[group][step]);
        return kept;
    }

    private ChannelCut ToCut(int[][] order, int[] kept) => new(groups.Index()
        .Where(group => kept[group.Index] < group.Item.Units)
        .ToDictionary(group => group.Item.Name, group => new ValueList<int>(order[group.Index].Take(kept[group.Index]).Order())));

    private long Cost(int[] kept)
    {
        var cut = new ChannelCut(groups.Index()
            .Where(group => kept[group.Index] < group.Item.Units)
            .ToDictionary(group => group.Item.Name, group => new ValueList<int>(Enumerable.Range(0, kept[group.Index]))));
        return kind.Of(CostOps.Of(graph.Narrow(cut), graph.Height, graph.Width));
    }

    private double UnitCost(int group, int[] whole, long dense)
    {
        if (widths[group].Length == 1)
            return 0;
        int[] narrow = [.. whole];
        narrow[group] = widths[group][1];
        return (dense - Cost(narrow)) / (double)(whole[group] - narrow[group]);
    }

    private static int[] Widths(ChannelGroup group, int roundTo, int least)
    {
        var multiple = group.Kind == ChannelKind.Head ? 1 : roundTo;
        var allowed = new List<int> { group.Units };
        for (var width = (group.Units - 1) / multiple * multiple; width >= Math.Max(1, least); width -= multiple)
            allowed.Add(width);
        return [.. allowed];
    }
}
