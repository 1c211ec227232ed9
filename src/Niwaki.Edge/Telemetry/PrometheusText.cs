using System.Globalization;
using System.Text;

namespace Niwaki.Edge;

/// <summary>Metrics as Prometheus reads them (text format 0.0.4).</summary>
internal static class PrometheusText
{
    public static string Of(IEnumerable<MetricFamily> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {family.Name} {family.Help}\n# TYPE {family.Name} {Catalog.Kebab(family.Kind.ToString())}\n");
            foreach (var point in family.Points)
            {
                if (family.Kind == MetricKind.Histogram)
                    Histogram(text, family.Name, point);
                else
                    Line(text, family.Name, point.Labels, point.Value);
            }
        }

        return text.ToString();
    }

    private static void Histogram(StringBuilder text, string name, MetricPoint point)
    {
        var below = 0L;
        for (var i = 0; i < point.Counts.Count; i++)
            Line(text, name + "_bucket", [.. point.Labels, new("le", i < point.Limits.Count ? point.Limits[i].ToString(CultureInfo.InvariantCulture) : "+Inf")], below += point.Counts[i]);
        Line(text, name + "_sum", point.Labels, point.Value);
        Line(text, name + "_count", point.Labels, below);
    }

    private static void Line(StringBuilder text, string name, IReadOnlyList<KeyValuePair<string, string>> labels, double value)
    {
        text.Append(name);
        if (labels.Count > 0)
            text.Append('{').AppendJoin(',', labels.Select(label => $"{label.Key}=\"{label.Value}\"")).Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {value}\n");
    }
}
