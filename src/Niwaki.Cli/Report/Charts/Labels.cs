namespace Niwaki.Cli;

/// <summary>Finds places for names beside bubbles so that they cover neither each other nor a bubble, and no line that joins a name to its bubble runs through another name.</summary>
internal sealed class Labels(double width, double height)
{
    private const double LetterWidth = 7.3;
    private const double LineHeight = 15;

    // pixels between a bubble and its name beyond which a line joins them
    private const double NearEnough = 8;

    // of a line, between the points that are looked at; and what one of them costs, in pixels that a name covers
    private const double Step = 4;
    private const double PointCost = 200;
    private const double NameCost = 10;

    private readonly List<(double Left, double Top, double Right, double Bottom)> taken = [];

    private readonly List<(double Left, double Top, double Right, double Bottom)> names = [];
    private readonly List<(double X, double Y)> lines = [];

    public void Block(double x, double y, double radius) => taken.Add((x - radius, y - radius, x + radius, y + radius));

    /// <summary>Where a text's baseline begins, and where the line ends that joins it to its bubble, where they are apart.</summary>
    public (double X, double Y, (double X, double Y)? End) Place(string text, double x, double y, double radius)
    {
        var length = text.Length * LetterWidth;
        var reach = radius + 5;
        var places = new List<(double X, double Y)>
        {
            (x + reach, y + 4.5),
            (x - reach - length, y + 4.5),
            (x - (length / 2), y - reach),
            (x - (length / 2), y + reach + 10),
        };
        for (var step = 1; step <= 10; step++)
        {
            foreach (var shift in (double[])[-step * LineHeight, step * LineHeight])
            {
                places.Add((x + reach, y + 4.5 + shift));
                places.Add((x - reach - length, y + 4.5 + shift));
                places.Add((x + reach + (2 * LineHeight), y + 4.5 + shift));
                places.Add((x - reach - (2 * LineHeight) - length, y + 4.5 + shift));
            }
        }

        var best = places.OrderBy(place => Cost(place.X, place.Y, length, x, y, radius)).First();
        var box = Box(best.X, best.Y, length);
        var end = End(box, x, y, radius);
        taken.Add(box);
        names.Add(box);
        lines.AddRange(Points(end, x, y));
        return (best.X, best.Y, end);
    }

    // where a name is nearest to its bubble's middle; none where it is beside it
    private static (double X, double Y)? End((double Left, double Top, double Right, double Bottom) box, double x, double y, double radius)
    {
        var (endX, endY) = (Math.Clamp(x, box.Left, box.Right), Math.Clamp(y, box.Top, box.Bottom));
        return Math.Sqrt(((endX - x) * (endX - x)) + ((endY - y) * (endY - y))) > radius + NearEnough ? (endX, endY) : null;
    }

    private static IEnumerable<(double X, double Y)> Points((double X, double Y)? end, double x, double y)
    {
        if (end is not { } to)
            yield break;
        var count = (int)(Math.Sqrt(((to.X - x) * (to.X - x)) + ((to.Y - y) * (to.Y - y))) / Step);
        for (var i = 0; i < count; i++)
            yield return (x + ((to.X - x) * i / count), y + ((to.Y - y) * i / count));
    }

    private static bool Inside((double X, double Y) point, (double Left, double Top, double Right, double Bottom) box) =>
        point.X >= box.Left && point.X <= box.Right && point.Y >= box.Top && point.Y <= box.Bottom;

    private static (double Left, double Top, double Right, double Bottom) Box(double x, double y, double length) => (x, y - LineHeight + 3, x + length, y + 3);

    // how much of other things it would cover; outside of the chart costs most. OrderBy keeps the order of equals: nearest first
    private double Cost(double x, double y, double length, double bubbleX, double bubbleY, double radius)
    {
        var box = Box(x, y, length);
        var outside = Math.Max(0, 70 - box.Left) + Math.Max(0, box.Right - width + 4) + Math.Max(0, 6 - box.Top) + Math.Max(0, box.Bottom - height + 46);
        var crossed = lines.Count(point => Inside(point, box)) + Points(End(box, bubbleX, bubbleY, radius), bubbleX, bubbleY).Sum(point => names.Count(name => Inside(point, name)));
        // a name over a name cannot be read; over a bubble it can
        return (outside * 100) + (crossed * PointCost) + taken.Sum(other => Common(box, other)) + (NameCost * names.Sum(other => Common(box, other)));
    }

    private static double Common((double Left, double Top, double Right, double Bottom) box, (double Left, double Top, double Right, double Bottom) other) =>
        Math.Max(0, Math.Min(box.Right, other.Right) - Math.Max(box.Left, other.Left)) * Math.Max(0, Math.Min(box.Bottom, other.Bottom) - Math.Max(box.Top, other.Top));
}
