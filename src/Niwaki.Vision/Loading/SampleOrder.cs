using System.Collections.Concurrent;

namespace Niwaki.Vision;

/// <summary>Which picture stands at which place of the endless sequence: one shuffle for each epoch, and places that are given to a class instead.</summary>
internal sealed class SampleOrder
{
    private readonly ISampleSet set;
    private readonly int seed;
    private readonly double classBalance;
    private readonly ConcurrentDictionary<long, int[]> epochs = new();
    private readonly Lazy<(byte Label, int[] Pictures)[]> holders;

    public SampleOrder(ISampleSet set, int seed, double classBalance)
    {
        (this.set, this.seed, this.classBalance) = (set, seed, classBalance);
        holders = new(FindHolders);
    }

    /// <summary>The picture at a place, and the class that its crop is to show where there is one.</summary>
    public (int Picture, byte? Label) At(long place, ref RandomStream random)
    {
        if (classBalance > 0 && random.Chance(classBalance) && holders.Value.Length > 0)
        {
            var (label, pictures) = holders.Value[random.Below(holders.Value.Length)];
            return (pictures[random.Below(pictures.Length)], label);
        }

        var (epoch, rank) = Math.DivRem(place, set.Count);
        return (epochs.GetOrAdd(epoch, Shuffle)[rank], null);
    }

    private int[] Shuffle(long epoch)
    {
        foreach (var old in epochs.Keys.Where(key => key < epoch - 16 || key > epoch + 16))
            epochs.TryRemove(old, out _);
        var random = new RandomStream(seed, ~epoch);
        var order = Enumerable.Range(0, set.Count).ToArray();
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = random.Below(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }

        return order;
    }

    private (byte Label, int[] Pictures)[] FindHolders()
    {
        var found = new List<int>?[256];
        for (var picture = 0; picture < set.Count; picture++)
        {
            var counts = set.ClassPixels(picture);
            for (var label = 0; label < counts.Count; label++)
            {
                if (counts[label] > 0)
                    (found[label] ??= []).Add(picture);
            }
        }

        return [.. found.Select((pictures, label) => ((byte)label, pictures?.ToArray() ?? [])).Where(holder => holder.Item2.Length > 0)];
    }
}
