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
        common.AddTo(command, common.Json);
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(folder);
            var json = parsed.GetValue(common.Json);
            if (File.Exists(Path.Combine(path, RunIndex.FileName)))
            {
                var summary = SummaryReading.Of(path, session.Words);
                if (json)
                    session.Json(summary);
                else
                    SummaryView.Print(session, summary);
            }
            else if (Directory.Exists(path))
            {
                var artifact = ArtifactStore.Open(path, session.Words);
                if (json)
                    session.Json(new { kind = Catalog.NameOf(artifact.GetType(), typeof(Artifact)), artifact.Folder, artifact.Digest, artifact.Lineage });
                else
                    ArtifactView.Print(session, artifact);
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
