namespace Niwaki.Cli;

/// <summary>Finds places for names beside bubbles so that they cover neither each other nor a bubble.</summary>
internal sealed class Labels(double width, double height)
{
    private const double LetterWidth = 7.3;
    private const double LineHeight = 15;

    private readonly List<(double Left, double Top, double Right, double Bottom)> taken = [];

    public void Block(double x, double y, double radius) => taken.Add((x - radius, y - radius, x + radius, y + radius));

    /// <summary>Where a text's baseline begins.</summary>
    public (double X, double Y) Place(string text, double x, double y, double radius)
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
        for (var step = 1; step <= 8; step++)
        {
            foreach (var shift in (double[])[-step * LineHeight, step * LineHeight])
            {
                places.Add((x + reach, y + 4.5 + shift));
                places.Add((x - reach - length, y + 4.5 + shift));
            }
        }

        var best = places.OrderBy(place => Cost(place.X, place.Y, length)).First();
        taken.Add(Box(best.X, best.Y, length));
        return best;
    }

    /// <summary>Where a text that begins there is nearest to a point.</summary>
    public static (double X, double Y) Nearest(string text, double textX, double textY, double x, double y)
    {
        var (left, top, right, bottom) = Box(textX, textY, text.Length * LetterWidth);
        return (Math.Clamp(x, left, right), Math.Clamp(y, top, bottom));
    }

    private static (double Left, double Top, double Right, double Bottom) Box(double x, double y, double length) => (x, y - LineHeight + 3, x + length, y + 3);

    // how much of other things it would cover; outside of the chart costs most. OrderBy keeps the order of equals: nearest first
    private double Cost(double x, double y, double length)
    {
        var box = Box(x, y, length);
        var outside = Math.Max(0, 70 - box.Left) + Math.Max(0, box.Right - width + 4) + Math.Max(0, 6 - box.Top) + Math.Max(0, box.Bottom - height + 46);
        return (outside * 100) + taken.Sum(other => Math.Max(0, Math.Min(box.Right, other.Right) - Math.Max(box.Left, other.Left)) * Math.Max(0, Math.Min(box.Bottom, other.Bottom) - Math.Max(box.Top, other.Top)));
    }
}
