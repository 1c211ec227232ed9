using System.Text;

namespace Niwaki.Cli;

/// <summary>Accuracy against latency; a bubble's area is the model's bytes.</summary>
internal static class ScatterSection
{
    private const double Width = 720;
    private const double Height = 400;
    private const double LargestRadius = 34;
    private const double SmallestRadius = 4;

    private sealed record Point(string Name, double Latency, double Accuracy, double Deviation, double Bytes);

    public static void Write(StringBuilder page, ReportData data)
    {
        var threads = data.Models.SelectMany(model => model.Figures.Latencies).Select(latency => latency.Threads).DefaultIfEmpty(0).Min();
        var points = data.Models
            .Where(model => model.Figures.MeanIoU is not null && model.Figures.P50(threads) > 0)
            .Select(model => new Point(model.Name, model.Figures.P50(threads)!.Value * 1000, model.Figures.MeanIoU!.Mean, model.Figures.MeanIoU.Deviation ?? 0, model.Figures.FileSize?.Mean ?? 0))
            .ToArray();
        if (points.Length < 2)
            return;
        var (low, high) = (points.Min(point => point.Accuracy - point.Deviation), points.Max(point => point.Accuracy + point.Deviation));
        var margin = Math.Max(0.01, (high - low) * 0.2);
        var words = threads == 1 ? "1 thread" : $"{threads} threads";
        var plot = new Plot(
            Width,
            Height,
            Axis.Log(points.Min(point => point.Latency), points.Max(point => point.Latency)),
            Axis.Linear(Math.Max(0, low - margin), Math.Min(1, high + margin)),
            "Accuracy against latency",
            string.Join("; ", points.Select(point => $"{point.Name}: mean IoU {point.Accuracy:0.000}, {point.Latency:0.0} ms, {new Bytes((long)point.Bytes)}")),
            $"latency p50, {words}, milliseconds (logarithmic)",
            "mean IoU");
        var most = points.Max(point => point.Bytes);
        double Radius(Point point) => most > 0 ? Math.Max(SmallestRadius, LargestRadius * Math.Sqrt(point.Bytes / most)) : 8;
        var labels = new Labels(Width, Height);
        foreach (var point in points)
            labels.Block(plot.X(point.Latency), plot.Y(point.Accuracy), Radius(point));
        foreach (var point in points.OrderByDescending(Radius))
        {
            var (x, y, color) = (plot.X(point.Latency), plot.Y(point.Accuracy), data.ColorOf(point.Name));
            if (point.Deviation > 0)
                plot.Add($"<line x1=\"{x:0.0}\" x2=\"{x:0.0}\" y1=\"{plot.Y(point.Accuracy - point.Deviation):0.0}\" y2=\"{plot.Y(point.Accuracy + point.Deviation):0.0}\" style=\"stroke:{color}\" stroke-width=\"2\"/>");
            plot.Add($"<circle cx=\"{x:0.0}\" cy=\"{y:0.0}\" r=\"{Radius(point):0.0}\" style=\"fill:{color};stroke:{color}\" fill-opacity=\"0.35\" stroke-width=\"1.5\"><title>{HtmlReport.Escape($"{point.Name}: mean IoU {point.Accuracy:0.0000}, {point.Latency:0.00} ms, {new Bytes((long)point.Bytes)}")}</title></circle>");
        }

        foreach (var point in points.OrderByDescending(Radius))
        {
            var (x, y) = (plot.X(point.Latency), plot.Y(point.Accuracy));
            var (textX, textY, end) = labels.Place(point.Name, x, y, Radius(point));
            if (end is var (endX, endY))
                plot.Add($"<line x1=\"{x:0.0}\" y1=\"{y:0.0}\" x2=\"{endX:0.0}\" y2=\"{endY:0.0}\" style=\"stroke:{data.ColorOf(point.Name)}\" stroke-width=\"1\"/>");
            plot.Add($"<text x=\"{textX:0.0}\" y=\"{textY:0.0}\">{HtmlReport.Escape(point.Name)}</text>");
        }

        page.Append($"<section>\n<h2>Accuracy against latency</h2>\n<figure><div class=\"scroll wide\" tabindex=\"0\">\n{plot}</div>\n<figcaption>Up and to the left is better. A bubble's area is the model's size in bytes{(points.Any(point => point.Deviation > 0) ? "; a line is one standard deviation over the seeds" : string.Empty)}.</figcaption></figure>\n</section>\n");
    }
}
