namespace Niwaki.Cli;

/// <summary>Estimates the rest of a piece of work from where it stood when it was first heard of.</summary>
internal sealed class Eta
{
    private double? first;
    private DateTimeOffset began;

    /// <summary>Notes how far it is.</summary>
    /// <returns>The time left; unknown at first.</returns>
    public TimeSpan? Note(double done, double total, DateTimeOffset now)
    {
        // work that starts over, or is taken up again, is measured anew
        if (first is null || done < first)
            (first, began) = (done, now);
        var gained = done - first.Value;
        var share = (total - done) / gained;
        return gained <= 0 || now <= began || !double.IsFinite(share) || share > 1e6 ? null : (now - began) * Math.Max(0, share);
    }

    /// <summary><c>1:02:03</c>, <c>4:05</c>.</summary>
    public static string Print(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}" : $"{time.Minutes}:{time.Seconds:00}";
}
