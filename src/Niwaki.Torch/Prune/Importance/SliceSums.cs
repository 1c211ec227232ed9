namespace Niwaki.Torch;

internal static class SliceSums
{
    /// <summary>Adds up a function of the numbers that belong to each unit.</summary>
    public static void AddTo(this ChannelSlice slice, double[] sums, Weight weight, Func<float, double> measure)
    {
        var inner = 1;
        for (var axis = slice.Axis + 1; axis < weight.Shape.Rank; axis++)
            inner *= weight.Shape[axis];
        for (var i = 0; i < weight.Values.Length; i++)
        {
            var unit = slice.Units[i / inner % slice.Units.Count];
            if (unit >= 0)
                sums[unit] += measure(weight.Values[i]);
        }
    }

    /// <summary>Adds one number for each index of the slice's axis to its unit.</summary>
    public static void AddTo(this ChannelSlice slice, double[] sums, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (slice.Units[i] is >= 0 and var unit)
                sums[unit] += values[i];
        }
    }
}
