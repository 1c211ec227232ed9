namespace Niwaki.Cli;

/// <summary>Writes what a run found: <c>summary.json</c> for programs, <c>report.html</c> for people.</summary>
internal static class RunReport
{
    /// <summary>File name in the run folder.</summary>
    public const string HtmlFile = "report.html";

    /// <param name="session">Where it is said.</param>
    /// <param name="run">The run's folder.</param>
    /// <param name="devices">Profiles of devices, in place of the recipe's.</param>
    /// <exception cref="StageException">The folder is no run, or cannot be written.</exception>
    public static RunSummary Write(Session session, string run, IReadOnlyList<string>? devices = null)
    {
        var summary = SummaryReading.Of(run, session.Words, devices);
        AtomicFile.WriteText(Path.Combine(run, RunSummary.FileName), session.Words.Write(summary));
        AtomicFile.WriteText(Path.Combine(run, HtmlFile), HtmlReport.Write(ReportData.Read(session, run, summary)));
        return summary;
    }
}
