namespace Niwaki.Cli.Tests;

public sealed class LabelsTests
{
    [Fact]
    public void In_a_crowd_no_name_covers_another_and_no_line_runs_through_one()
    {
        // where a run's eight students lay, beside their teacher
        (string Name, double X, double Y, double Radius)[] bubbles =
        [
            ("teacher-onnx", 649.3, 98.7, 34.0), ("alone-onnx", 186.4, 281.6, 6.8), ("logit-kd-onnx", 192.5, 268.8, 6.8), ("cwd-onnx", 182.0, 246.6, 6.8),
            ("vit-kd-onnx", 186.1, 275.2, 6.8), ("together-onnx", 185.6, 253.1, 6.8), ("pruned-by-taylor-onnx", 155.4, 261.6, 5.7), ("pruned-at-random-onnx", 157.4, 269.2, 5.7),
            ("pruned-onnx", 151.8, 249.7, 5.5), ("int8", 125.2, 249.7, 4.0),
        ];
        var labels = new Labels(720, 400);
        foreach (var bubble in bubbles)
            labels.Block(bubble.X, bubble.Y, bubble.Radius);
        var placed = bubbles.Select(bubble => (Bubble: bubble, At: labels.Place(bubble.Name, bubble.X, bubble.Y, bubble.Radius))).ToArray();
        Assert.Contains(placed, each => each.At.End is not null);
        foreach (var one in placed)
        {
            foreach (var other in placed.Where(other => other != one))
            {
                Assert.False(Covers(one.Bubble.Name, one.At.X, one.At.Y, other.Bubble.Name, other.At.X, other.At.Y), $"{one.Bubble.Name} covers {other.Bubble.Name}");
                if (one.At.End is not { } end)
                    continue;
                // the line in a hundred pieces, in letters of six pixels
                var through = Enumerable.Range(0, 100).Count(i => Inside(one.Bubble.X + ((end.X - one.Bubble.X) * i / 100), one.Bubble.Y + ((end.Y - one.Bubble.Y) * i / 100), other.Bubble.Name, other.At.X, other.At.Y));
                Assert.True(through == 0, $"the line of {one.Bubble.Name} runs through {other.Bubble.Name}");
            }
        }
    }

    private static bool Covers(string name, double x, double y, string other, double otherX, double otherY) =>
        x < otherX + (6 * other.Length) && otherX < x + (6 * name.Length) && Math.Abs(y - otherY) < 11;

    private static bool Inside(double x, double y, string name, double nameX, double nameY) => x > nameX && x < nameX + (6 * name.Length) && y > nameY - 10 && y < nameY;
}
