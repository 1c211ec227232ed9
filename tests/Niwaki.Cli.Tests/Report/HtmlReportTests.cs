using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Niwaki.Cli.Tests;

public sealed partial class HtmlReportTests : IDisposable
{
    private readonly CommandLine cli = new();

    public void Dispose() => cli.Dispose();

    private string Page(string recipe)
    {
        cli.Run("run", cli.Write("r.json", recipe), "--out", cli.Of("run"));
        return File.ReadAllText(cli.Of("run", "report.html"));
    }

    [Fact]
    public void It_needs_no_network_and_no_script()
    {
        var page = Page(TestRecipes.Whole());
        Assert.DoesNotContain("<script", page);
        Assert.DoesNotContain("<link", page);
        Assert.DoesNotMatch(@"(src|href)=""(?!data:)", page);
        Assert.DoesNotContain("@import", page);
        Assert.DoesNotMatch(@"url\((?!data:)", page);
    }

    [Fact]
    public void It_has_every_part()
    {
        var page = Page(TestRecipes.Whole());
        Assert.All(
            (string[])["Passed", "1/10 of the teacher&#39;s bytes", "<h2>Results</h2>", "<h2>Accuracy against latency</h2>", "<h2>IoU of each class</h2>", "<h2>Samples</h2>", "<h2>Training</h2>", "<h2>Lineage</h2>", "<h2>Machine and data</h2>", "a desk, 2 hands", "pencil 1.0", "&quot;strokes&quot;: 100", "speed-up against the teacher", "validation/mean-iou", "sky &lt;&amp;&gt;"],
            part => Assert.Contains(part, page, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void It_is_well_formed_and_every_picture_has_a_text_alternative()
    {
        var page = Page(TestRecipes.Whole(seeds: "[1, 2]"));
        var body = VoidElements().Replace(page[page.IndexOf("<main", StringComparison.Ordinal)..page.IndexOf("</body>", StringComparison.Ordinal)], "<$1$2/>");
        var main = XElement.Parse(body);
        Assert.Equal(2 * (2 + 2), main.Descendants("img").Count());
        Assert.All(main.Descendants("img"), image => Assert.NotEmpty(image.Attribute("alt")!.Value));
        Assert.All(main.Descendants("svg"), chart => Assert.NotEmpty(chart.Attribute("aria-label")!.Value));
        Assert.All(main.Descendants("th"), header => Assert.NotNull(header.Attribute("scope")));
    }

    [Fact]
    public void Text_of_the_user_is_escaped()
    {
        var page = Page(TestRecipes.Whole());
        Assert.Contains("A &lt;b&gt;teacher&lt;/b&gt; &amp; a student.", page);
        Assert.DoesNotContain("<b>teacher", page);
    }

    [Fact]
    public void Pictures_come_from_the_data_of_the_last_measurement_also_where_it_is_the_steps_own()
    {
        var page = Page("""
            { "name": "two-places", "steps": [
              { "name": "abroad", "data": { "kind": "stripes", "size": 30 }, "stage": { "kind": "sketch", "strokes": 1 } },
              { "name": "abroad-measured", "data": { "kind": "stripes", "size": 30 }, "stage": { "kind": "appraise" } },
              { "name": "home", "data": { "kind": "stripes" }, "stage": { "kind": "sketch", "strokes": 2 } },
              { "name": "home-measured", "data": { "kind": "stripes" }, "stage": { "kind": "appraise" } } ] }
            """);
        Assert.Contains("Labels of stripe-0 by home", page);
        Assert.DoesNotContain("Labels of stripe-0 by abroad", page);
        Assert.Contains("Size = 30", page);
        Assert.Contains("Size = 24", page);
    }

    [Fact]
    public void Without_a_measurement_there_is_still_a_page()
    {
        var page = Page("""{ "name": "bare", "data": { "kind": "stripes" }, "steps": [ { "name": "s", "stage": { "kind": "sketch", "strokes": 1 } } ] }""");
        Assert.Contains("No gate in this recipe", page);
        Assert.Contains("<h2>Training</h2>", page);
        Assert.DoesNotContain("<h2>Results</h2>", page);
    }

    [Fact]
    public void A_long_curve_is_thinned_and_keeps_its_ends()
    {
        var points = Enumerable.Range(0, 10_000).Select(step => ((double)step, 1.0 + (step % 2))).ToArray();
        var thin = Curve.Thin(points);
        Assert.InRange(thin.Count, 100, 300);
        Assert.All(thin, point => Assert.Equal(1.5, point.Value, 0.1));
        Assert.Equal(1, Curve.Thin([.. Enumerable.Range(0, 2401).Select(step => ((double)step, 1 - Math.Abs((step - 1200) / 1200.0)))]).Max(point => point.Value), 0.01);
        Assert.Equal(points[..10], Curve.Thin(points[..10]));
    }

    [Theory]
    [InlineData(0.41, 0.68)]
    [InlineData(0, 3000)]
    [InlineData(5, 5)]
    [InlineData(-2, -1.5)]
    public void A_linear_axis_has_few_round_ticks_that_cover_the_values(double least, double most)
    {
        var axis = Axis.Linear(least, most);
        Assert.InRange(axis.Ticks.Count, 2, 9);
        Assert.True(axis.Least <= least && axis.Most >= most);
        Assert.InRange(axis.Place(least), -1e-9, 1 + 1e-9);
    }

    [Theory]
    [InlineData(0.43, 0.65)]
    [InlineData(3, 41)]
    [InlineData(0.2, 900)]
    [InlineData(7, 7)]
    public void A_logarithmic_axis_has_at_least_two_ticks_inside(double least, double most)
    {
        var axis = Axis.Log(least, most);
        Assert.InRange(axis.Ticks.Count, 2, 15);
        Assert.All(axis.Ticks, tick => Assert.InRange(axis.Place(tick), 0, 1));
    }

    [GeneratedRegex("<(img|meta|br)([^>]*)>")]
    private static partial Regex VoidElements();
}
