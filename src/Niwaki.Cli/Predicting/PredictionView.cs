using System.Globalization;
using Spectre.Console;

namespace Niwaki.Cli;

/// <summary>Predicted latencies on the terminal: always in a table of their own, and never without their error.</summary>
internal static class PredictionView
{
    public static void Print(Session session, IReadOnlyList<LatencyPrediction> predictions) => Print(session, [(null, predictions)]);

    /// <param name="session">Where it is printed.</param>
    /// <param name="models">Names and predictions; one without a name is the only one.</param>
    public static void Print(Session session, IReadOnlyList<(string? Name, IReadOnlyList<LatencyPrediction> Predictions)> models)
    {
        if (models.All(model => model.Predictions.Count == 0))
            return;
        var named = models.Any(model => model.Name is not null);
        var table = new Table().Border(TableBorder.Simple);
        if (named)
            table.AddColumn(new TableColumn("model").NoWrap());
        table.AddColumn("device").AddColumn("runtime").AddColumn(new TableColumn("threads").RightAligned()).AddColumn(new TableColumn("latency, predicted").RightAligned()).AddColumn(new TableColumn("within the error").RightAligned());
        foreach (var (name, predictions) in models)
        {
            foreach (var prediction in predictions)
            {
                string[] cells = [Markup.Escape(prediction.Device), Markup.Escape(prediction.Runtime), prediction.Threads == 0 ? "–" : $"{prediction.Threads}", Time(prediction.Predicted), Range(prediction)];
                table.AddRow(named ? [Markup.Escape(name ?? string.Empty), .. cells] : cells);
            }
        }

        session.Output.Write(table);
        foreach (var sentence in Sentences([.. models.SelectMany(model => model.Predictions)]))
            session.Line(sentence);
    }

    /// <summary>What has to stand below predicted figures, once for each kind of device.</summary>
    public static IEnumerable<string> Sentences(IReadOnlyList<LatencyPrediction> predictions) => predictions.GroupBy(prediction => (prediction.Basis, prediction.MedianFactor, prediction.WorstFactor))
        .Select(group => $"{string.Join(", ", group.Select(prediction => $"{prediction.Device} ({prediction.Runtime})").Distinct())}: predicted, not measured. {Error(group.First())}");

    /// <summary>How far such predictions were off where models were measured.</summary>
    public static string Error(LatencyPrediction prediction) =>
        string.Create(CultureInfo.InvariantCulture, $"The method's error: half of the models within a factor of {prediction.MedianFactor:0.00}, all within {prediction.WorstFactor:0.00}; {prediction.Basis}");

    public static string Time(TimeSpan time) => FigureRow.Time(time.TotalSeconds);

    public static string Range(LatencyPrediction prediction) => $"{Time(prediction.Shortest)} – {Time(prediction.Longest)}";
}
