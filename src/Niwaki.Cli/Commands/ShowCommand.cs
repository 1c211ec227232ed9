using System.CommandLine;

namespace Niwaki.Cli;

/// <summary><c>niwaki show ARTIFACT|RUN</c>.</summary>
internal static class ShowCommand
{
    public static Command Make(Session session)
    {
        var folder = new Argument<string>("folder") { Description = "An artifact, or a run." };
        var common = new CommonOptions();
        var command = new Command("show", "Shows an artifact with its lineage and figures, or a run with its table.") { folder };
        common.Device.Description += " In place of the recipe's, for a run.";
        common.AddTo(command, common.Device, common.Json);
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(folder);
            var json = parsed.GetValue(common.Json);
            var devices = parsed.GetValue(common.Device);
            if (File.Exists(Path.Combine(path, RunIndex.FileName)))
            {
                var summary = SummaryReading.Of(path, session.Words, devices);
                if (json)
                    session.Json(summary);
                else
                    SummaryView.Print(session, summary);
            }
            else if (Directory.Exists(path))
            {
                var artifact = ArtifactStore.Open(path, session.Words);
                var predicted = devices is { Length: > 0 } ? Prediction.Of(Prediction.Graph(artifact), Prediction.Profiles(devices, session.Words), session.Words) : null;
                if (json)
                {
                    session.Json(new { kind = Catalog.NameOf(artifact.GetType(), typeof(Artifact)), artifact.Folder, artifact.Digest, artifact.Lineage, predicted });
                }
                else
                {
                    ArtifactView.Print(session, artifact);
                    PredictionView.Print(session, predicted ?? []);
                }
            }
            else
            {
                throw new StageException($"{path}: there is no such folder.");
            }

            return ExitCode.Done;
        });
        return command;
    }
}
