using System.Globalization;
using System.Text;

namespace Niwaki.Cli;

/// <summary>The frame of a chart as SVG that follows the page's colours: grid, ticks, titles, and places inside.</summary>
internal sealed class Plot
{
    private const double Right = 14;
    private const double Top = 12;
    private const double Bottom = 44;

    private readonly StringBuilder svg = new();
    private readonly double left;
    private readonly double width;
    private readonly double height;
    private readonly Axis across;
    private readonly Axis up;

    public Plot(double width, double height, Axis across, Axis up, string title, string description, string acrossTitle, string upTitle)
    {
        (this.width, this.height, this.across, this.up) = (width, height, across, up);
        left = upTitle.Length > 0 ? 68 : 54;
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{HtmlReport.Escape($"{title}. {description}")}\">\n<g class=\"axis\">\n");
        foreach (var tick in up.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{left}\" x2=\"{width - Right}\" y1=\"{Y(tick):0.0}\" y2=\"{Y(tick):0.0}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{left - 7}\" y=\"{Y(tick) + 4.5:0.0}\" text-anchor=\"end\">{up.Print(tick)}</text>\n");
        }

        var end = double.MinValue;
        foreach (var tick in across.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{X(tick):0.0}\" x2=\"{X(tick):0.0}\" y1=\"{Top}\" y2=\"{height - Bottom}\"/>");
            var text = across.Print(tick);
            if (X(tick) - (text.Length * 4) < end)
                continue;
            end = X(tick) + (text.Length * 4) + 6;
            // the last one begins at its end where it would leave the picture
            var over = X(tick) + (text.Length * 4) > width;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(over ? width - 2 : X(tick)):0.0}\" y=\"{height - Bottom + 17}\" text-anchor=\"{(over ? "end" : "middle")}\">{text}</text>\n");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(left + width - Right) / 2:0.0}\" y=\"{height - 6}\" text-anchor=\"middle\">{HtmlReport.Escape(acrossTitle)}</text>\n");
        if (upTitle.Length > 0)
            svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(13 {(Top + height - Bottom) / 2:0.0}) rotate(-90)\" text-anchor=\"middle\">{HtmlReport.Escape(upTitle)}</text>\n");
        svg.Append("</g>\n");
    }

    public double X(double value) => left + (across.Place(value) * (width - left - Right));

    public double Y(double value) => height - Bottom - (up.Place(value) * (height - Top - Bottom));

    public void Add(FormattableString shape) => svg.Append(shape.ToString(CultureInfo.InvariantCulture)).Append('\n');

    public override string ToString() => $"{svg}</svg>\n";
}
