using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge selftest</c>.</summary>
internal static class SelfTestCommand
{
    public static Command Make(EdgeSession session)
    {
        var json = new Option<bool>("--json") { Description = "Prints the report as JSON." };
        var command = new Command("selftest", "Labels the bundle's golden pictures on this machine, compares with the labels that they had where the bundle was made, and judges the bundle's pass marks. Ends with 3 where one is missed.") { json };
        var deployment = new DeploymentOptions(command, tiles: false);
        command.SetAction(async (parsed, _) =>
        {
            using var open = deployment.Open(parsed);
            var report = await new SelfTest(open, session).RunAsync();
            await session.Output.WriteAsync(parsed.GetValue(json) ? EdgeJson.Write(report) : Text(report));
            return report.Passed ? ExitCode.Done : ExitCode.MarksMissed;
        });
        return command;
    }

    internal static string Text(SelfTestReport report)
    {
        var lines = new List<string> { $"{report.Bundle}, {report.Pictures} golden picture{(report.Pictures == 1 ? string.Empty : "s")}, {report.Engine} on {report.Machine}" };
        lines.AddRange(report.Lines.Select(line => $"{(line.Passed ? "pass" : "FAIL")}  {line.What}: {line.Value} ({line.Limit})"));
        lines.AddRange(report.Remarks);
        return string.Join('\n', lines) + "\n";
    }
}
